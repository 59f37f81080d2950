import TestSupport
import Testing
import TrackDomain

/// The contract of write scopes.
@Suite(.timeLimit(.minutes(2)), .evenPooled) struct WriteScopeContractTests: StoreContract {
  private func with(_ body: (any TrackStore) async throws -> Void) async throws {
    try await withStore { store in
      try await store.write {
        try Samples.putCatalog($0, components: ["cart", "site"])
        for id in ["cart", "site"] { try Samples.create(Samples.track("t1", of: id), in: $0) }
      }
      try await body(store)
    }
  }

  /// Expects that a write fails because of its scope, and changes nothing.
  private func expectFailure(
    _ store: any TrackStore, _ scope: WriteScope,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: @escaping @Sendable (any StoreTransaction) throws -> Void
  ) async throws {
    let error = await #expect(throws: StoreError.self, sourceLocation: sourceLocation) {
      try await store.write(scope) {
        if scope.names(componentId: "cart") {
          try $0.insertTrack(Samples.track("lost", branch: "lost"))
        }
        try body($0)
      }
    }
    #expect(error?.kind == .failed, sourceLocation: sourceLocation)
    try await expectRead(store, nil, sourceLocation: sourceLocation) {
      try $0.track(componentId: "cart", id: "lost")
    }
  }

  @Test func `components that are named are there, as the write changes them`() async throws {
    try await with { store in
      let found = try await store.write(.components(["site", "cart", "nobody", "cart"])) {
        let before = try $0.component("cart")?.latestTrackId
        try $0.insertTrack(Samples.track("t2", branch: "b"))
        try $0.setLatestTrack(componentId: "cart", trackId: "t2")
        return [
          before, try $0.component("cart")?.latestTrackId, try $0.component("site")?.latestTrackId,
          try $0.component("nobody")?.latestTrackId,
        ]
      }
      #expect(found == ["t1", "t2", "t1", nil])
    }
  }

  @Test func `a component that is made by its write is there afterwards`() async throws {
    try await with { store in
      let found = try await store.write(.component("new")) {
        let before = try $0.component("new") == nil
        try $0.putCatalogResource(.component(Component(id: "new", projectId: "shop", type: .task)))
        let made = try $0.component("new")?.component.type == .task
        try $0.insertTrack(Samples.track("first", of: "new"))
        return [before, made, try $0.component("new")?.latestTrackId == "first"]
      }
      #expect(found == [true, true, true])
    }
  }

  @Test(arguments: [WriteScope.nothing, .catalog, .component("cart"), .components(["cart"])])
  func `what is not named is not read as a component, and not written`(
    _ scope: WriteScope
  ) async throws {
    try await with { store in
      try await expectFailure(store, scope) { _ = try $0.component("site") }
      try await expectFailure(store, scope) { try $0.insertTrack(Samples.track("x", of: "site")) }
      try await expectFailure(store, scope) { try $0.updateTrack(Samples.track("t1", of: "site")) }
      try await expectFailure(store, scope) {
        try $0.insertImage(Samples.image("i", component: "site"))
      }
      try await expectFailure(store, scope) {
        try $0.insertDeployment(Samples.deployment("d", component: "site"))
      }
      try await expectFailure(store, scope) {
        try $0.insertOperation(Samples.deletion("o", component: "site"))
      }
      try await expectFailure(store, scope) {
        try $0.purgeTrack(componentId: "site", trackId: "t1", limit: 9)
      }
      try await expectFailure(store, scope) {
        try $0.putCatalogResource(
          .component(Component(id: "site", projectId: "shop", type: .task)))
      }
      try await expectFailure(store, scope) {
        try $0.deleteCatalogResource(.component, id: "site")
      }
    }
  }

  @Test(arguments: [WriteScope.nothing, .catalog, .component("cart")])
  func `an operation is touched by writes that name its component`(
    _ scope: WriteScope
  ) async throws {
    try await with { store in
      let operation = Samples.deletion("o", component: "site")
      try await store.write { try $0.insertOperation(operation) }
      let now = try await store.read { try $0.operation(id: "o") }
      // As if it were of a component that the write names.
      let disguised = Samples.deletion("o", component: "cart")
      let statements: [@Sendable (any StoreTransaction) throws -> Void] = [
        { try $0.updateOperation(operation) },
        { try $0.updateOperation(disguised) },
        { try $0.claimOperation(operation.claimed(by: Samples.executor, until: Samples.time(9))) },
        { try $0.claimOperation(disguised.claimed(by: Samples.executor, until: Samples.time(9))) },
        { try $0.deleteOperation(operation) },
        { try $0.deleteOperation(disguised) },
        { try $0.putOffOperation(id: "o", until: Samples.time(7), by: Samples.executor) },
        { try $0.recordEnd(OperationEnd(operationId: "o", abandoned: "a place")) },
      ]
      for statement in statements {
        try await expectFailure(store, scope, statement)
        try await expectRead(store, now) { try $0.operation(id: "o") }
        try await expectRead(store, nil) { try $0.operationEnd(id: "o") }
      }
      try await store.write(.component("site")) {
        try $0.putOffOperation(id: "o", until: Samples.time(7), by: Samples.executor)
        try $0.recordEnd(OperationEnd(operationId: "o", abandoned: "a place"))
        // What is not there is of no component.
        try $0.putOffOperation(id: "none", until: Samples.time(7), by: Samples.executor)
      }
      try await expectRead(store, Samples.time(7)) { try $0.operation(id: "o")?.dueAt }
    }
  }

  @Test func `the rest of the catalog is named apart from components`() async throws {
    try await with { store in
      let environment = CatalogResource.environment(
        Environment(id: "qa", projectId: "shop", name: "qa"))
      try await expectFailure(store, .component("cart")) { try $0.putCatalogResource(environment) }
      try await expectFailure(store, .nothing) {
        try $0.deleteCatalogResource(.environment, id: "dev")
      }
      for scope in [WriteScope.catalog, .component("cart").andCatalog, .everything] {
        try await store.write(scope) { try $0.putCatalogResource(environment) }
        try await store.write(scope) { try $0.deleteCatalogResource(.environment, id: "qa") }
      }
    }
  }

  @Test func `a write of everything may be about any component`() async throws {
    try await with { store in
      for scope in [WriteScope.everything, .everything.andCatalog] {
        let found = try await store.write(scope) { try $0.component("site")?.latestTrackId }
        #expect(found == "t1")
      }
    }
  }
}
