import TestSupport
import Testing
import TrackController
import TrackStoreSQL

@testable import TrackDomain
@testable import TrackStoreSQLite

extension StoreReader {
  /// The store's own reader, which knows the numbers of changes.
  fileprivate var numbers: Reader {
    get throws { try #require(self as? Reader) }
  }
}

extension Fixture {
  fileprivate func position(behind sequence: Int64) async throws -> LogPosition {
    try #require(try await store.read { try $0.numbers.position(behind: sequence) })
  }
}

@Suite(.timeLimit(.minutes(2))) struct WatchControllerTests {
  private func with(
    _ body: (Fixture, WatchController) async throws -> Void
  ) async throws {
    try await Fixture.with { fixture in
      try await body(fixture, WatchController(store: fixture.store))
    }
  }

  private func request(
    component: String = "", project: String = "", token: String = ""
  ) -> WatchTracks {
    WatchTracks(componentId: component, projectId: project, resumeToken: token)
  }

  private func expectRefusal(
    _ kind: DomainError.Kind, _ reason: ErrorReason, _ body: () async throws -> Void,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async {
    var refusal: DomainError?
    do {
      try await body()
    } catch {
      refusal = error as? DomainError
    }
    #expect(refusal?.kind == kind, sourceLocation: sourceLocation)
    #expect(refusal?.reason == reason, sourceLocation: sourceLocation)
  }

  private func state(
    of scope: ChangeScope, _ watch: WatchController
  ) async throws -> (ids: [String], position: LogPlace) {
    var ids: [String] = []
    let position = try await watch.sendState(of: scope) { resource in
      switch resource {
      case .track(let track): ids.append("\(track.componentId)/\(track.id)")
      case .deployment(let deployment): ids.append(deployment.id)
      }
    }
    return (ids, position)
  }

  @Test func `a scope is a component, a project, or all`() async throws {
    try await with { _, watch in
      #expect(try await watch.start(request(component: "web")).scope == .component("web"))
      #expect(try await watch.start(request(project: "paid")).scope == .project("paid"))
      let all = try await watch.start(request())
      #expect(all.scope == .all)
      #expect(all.resumedAfter == nil)
    }
  }

  @Test func `what cannot be watched is refused`() async throws {
    try await with { _, watch in
      await expectRefusal(.notFound, .componentNotFound) {
        _ = try await watch.start(request(component: "nothing"))
      }
      await expectRefusal(.notFound, .projectNotFound) {
        _ = try await watch.start(request(project: "nothing"))
      }
      await expectRefusal(.invalidArgument, .invalidId) {
        _ = try await watch.start(request(component: "web", project: "paid"))
      }
      await expectRefusal(.invalidArgument, .invalidId) {
        _ = try await watch.start(request(component: "No id"))
      }
    }
  }

  @Test func `a token goes on where it says`() async throws {
    try await with { fixture, watch in
      let start = try await watch.start(request(component: "service"))
      try await fixture.create("service", "v1.0")
      let last = try await fixture.lastPlace()
      for place in try await [LogPlace.start] + fixture.changes().map(\.place) {
        let token = start.tokens.encode(after: place)
        let resumed = try await watch.start(request(component: "service", token: token))
        #expect(resumed.resumedAfter == place)
      }
      await expectRefusal(.invalidArgument, .invalidResumeToken) {
        let token = start.tokens.encode(after: last)
        _ = try await watch.start(request(component: "web", token: token))
      }
    }
  }

  @Test func `a token is the store's own, whatever its places look like`() async throws {
    try await with { fixture, _ in
      try await fixture.create("service", "v1.0")
      try await fixture.create("service", "v1.1")
      let request = request(component: "service")
      let stores: [any TrackStore] = [fixture.store, SharedStore(fixture.store)]
      for (store, other) in zip(stores, stores.reversed()) {
        let watch = WatchController(store: store)
        let tokens = try await watch.start(request).tokens
        let all = try await watch.changes(after: .start, limit: 1000).changes
        #expect(all.count >= 3)
        for (index, logged) in all.enumerated() {
          var again = request
          again.resumeToken = tokens.encode(after: logged.place)
          let place = try #require(try await watch.start(again).resumedAfter)
          #expect(place == logged.place)
          let rest = try await watch.changes(after: place, limit: 1000).changes
          #expect(rest == Array(all[(index + 1)...]))
          await expectRefusal(.invalidArgument, .invalidResumeToken) {
            _ = try await WatchController(store: other).start(again)
          }
        }
      }
    }
  }

  @Test func `a token of another history asks for a new beginning, and ends trust in numbers`()
    async throws
  {
    try await with { fixture, watch in
      let start = try await watch.start(request(component: "service"))
      try await fixture.create("service", "v1.0")
      let last = try await fixture.lastPlace()
      let newest = start.tokens.encode(after: last)
      // As a restore leaves it: the number has another change, or none.
      let newestNumber = try await fixture.store.read { try $0.numbers.newestChange() }
      let position = try await fixture.position(behind: newestNumber)
      let other = LogPosition(sequence: position.sequence, digest: position.digest ^ 1)
      let beyond = LogPosition(sequence: position.sequence + 1, digest: 7)
      for position in [other, beyond, LogPosition(sequence: .max, digest: 7)] {
        await expectRefusal(.outOfRange, .resync) {
          let token = start.tokens.encode(after: position.place)
          _ = try await watch.start(request(component: "service", token: token))
        }
      }
      #expect(try await fixture.store.read { try $0.numbers.undigestedLimit() } == -1)
      #expect(
        try await watch.start(request(component: "service", token: newest)).resumedAfter == last)
    }
  }

  private func execute(_ statements: String, _ fixture: Fixture) throws {
    let connection = try Connection(path: fixture.directory + "/trackd.db", access: .readWrite)
    try connection.execute("PRAGMA busy_timeout = 5000")
    try connection.execute(script: statements)
  }

  @Test func `a token is good as long as all that came after it is kept`() async throws {
    try await with { fixture, watch in
      for version in ["v1.0", "v1.1", "v1.2"] { try await fixture.create("service", version) }
      let tokens = try await watch.start(request()).tokens
      var positions: [LogPosition] = []
      for sequence in 0...5 as ClosedRange<Int64> {
        positions.append(try await fixture.position(behind: sequence))
      }
      try execute(
        """
        DELETE FROM change_log WHERE sequence <= 3;
        UPDATE log_state SET dropped_sequence = 3,
          dropped_digest = \(Int64(bitPattern: positions[3].digest))
        """, fixture)
      for position in positions {
        let request = request(token: tokens.encode(after: position.place))
        if position.sequence >= 3 {
          #expect(try await watch.start(request).resumedAfter == position.place)
        } else {
          await expectRefusal(.outOfRange, .resync) { _ = try await watch.start(request) }
        }
      }
    }
  }

  @Test func `a token of version 0_1_0 is good up to the last change of its time`() async throws {
    try await with { fixture, watch in
      try await fixture.create("service", "v1.0")
      try execute("UPDATE log_state SET undigested_limit = 4", fixture)
      let id = try await fixture.store.read { try $0.databaseId() }
      for sequence in 3...5 as ClosedRange<Int64> {
        let token = PageToken.encode(
          arguments: ResumeToken.digest(of: .all, id),
          place: [0, 0, 0, 0, 0, 0, 0, UInt8(sequence)])
        if sequence <= 4 {
          let place = try await fixture.position(behind: sequence).place
          #expect(try await watch.start(request(token: token)).resumedAfter == place)
        } else {
          await expectRefusal(.outOfRange, .resync) {
            _ = try await watch.start(request(token: token))
          }
        }
      }
      // Such a token is no sign of a restore.
      #expect(try await fixture.store.read { try $0.numbers.undigestedLimit() } == 4)
    }
  }

  @Test func `the state has the tracks of its scope in order`() async throws {
    try await with { fixture, watch in
      for version in ["v1.0", "v1.1"] {
        try await fixture.create("service", version, id: "s-\(version.suffix(1))")
      }
      try await fixture.create("web", id: "w", branch: "main")
      try await fixture.create("free-service", "v1.0", id: "f")
      let last = try await fixture.lastPlace()
      let component = try await state(of: .component("service"), watch)
      #expect(component.ids == ["service/s-0", "service/s-1"])
      #expect(component.position == last)
      let project = try await state(of: .project("paid"), watch)
      #expect(project.ids == ["service/s-0", "service/s-1", "web/w"])
      #expect(project.position == last)
      let all = try await state(of: .all, watch)
      #expect(all.ids == ["free-service/f", "service/s-0", "service/s-1", "web/w"])
    }
  }

  @Test(arguments: [ChangeScope.component("web"), .project("paid"), .all])
  func `a state of many pages is one state, whatever is written meanwhile`(
    scope: ChangeScope
  ) async throws {
    try await with { fixture, watch in
      for number in 0..<450 {
        try await fixture.create("web", id: "t\(1000 + number)", branch: "b\(number)")
      }
      let last = try await fixture.lastPlace()
      var ids: [String] = []
      let position = try await watch.sendState(of: scope) { resource in
        guard case .track(let track) = resource else { return }
        ids.append(track.id)
        // One track before those that were sent, and one after them.
        if ids.count == 150 {
          try await fixture.create("web", id: "a", branch: "new")
          try await fixture.create("web", id: "z", branch: "new2")
        }
      }
      #expect(position == last)
      #expect(ids == (0..<450).map { "t\(1000 + $0)" })
    }
  }

  @Test(arguments: [TroubledStore.SpoolCall.append, .next])
  func `a state that the disk has no room for is refused, whenever that shows`(
    _ call: TroubledStore.SpoolCall
  ) async throws {
    try await Fixture.with { fixture in
      let store = TroubledStore(store: fixture.store)
      store.trouble.fullSpool = call
      try await fixture.create("web", id: "a", branch: "one")
      await expectRefusal(.outOfRange, .resync) {
        _ = try await state(of: .all, WatchController(store: store))
      }
    }
  }

  @Test func `changes are those of tracks, images and deployments`() async throws {
    try await with { fixture, watch in
      let before = try await fixture.lastPlace()
      #expect(before > .start)
      let none = try await watch.changes(after: .start, limit: 1000)
      #expect(none.changes.isEmpty)
      #expect(none.position == before)
      #expect(none.isLast)
      try await fixture.create("web", id: "a", branch: "one")
      try await fixture.create("web", id: "b", branch: "two")
      let page = try await watch.changes(after: .start, limit: 1000)
      #expect(page.changes.map(\.change.resourceId).contains("a"))
      let first = try await watch.changes(after: before, limit: 1)
      #expect(first.changes.map(\.change.resourceId) == ["a"])
      #expect(first.position == first.changes.last?.place)
      #expect(first.position > before)
      #expect(!first.isLast)
      let end = try await watch.changes(after: page.position, limit: 1)
      #expect(end.changes.isEmpty && end.isLast && end.position == page.position)
    }
  }

  @Test func `the state has the deployments of all environments`() async throws {
    try await Shop.with(executes: true) { (shop) async throws in
      let watch = WatchController(store: shop.store)
      let image = try await shop.image("a")
      var ids: [String] = []
      for environment in ["dev", "stage", "other"] {
        ids.append(try await shop.deployed(image, to: environment).id)
      }
      try await shop.settled()
      let found = try await state(of: .component("shop"), watch).ids
      #expect(found.first == "shop/\(shop.track.id)")
      #expect(Set(found.dropFirst()) == Set(ids))
      #expect(found.count == 4)
    }
  }
}
