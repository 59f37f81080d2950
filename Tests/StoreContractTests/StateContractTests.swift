import TestSupport
import Testing
import TrackDomain

/// The contract of the state with which a watch begins.
@Suite(.timeLimit(.minutes(2)), .onEveryStore) struct StateContractTests: StoreContract {
  private func fill(_ transaction: any StoreTransaction) throws {
    try Samples.putCatalog(transaction, components: ["cart", "site"])
    for (id, of) in [("t1", "cart"), ("t2", "cart"), ("t1", "site")] {
      try Samples.create(Samples.track(id, of: of, branch: id), in: transaction)
    }
    try transaction.insertImage(Samples.image("i1"))
    for (id, place, state) in [
      ("d1", "prod", DeploymentState.succeeded), ("d2", "dev", .succeeded), ("d3", "dev", .failed),
      ("d4", "dev", .queued), ("d5", "prod", .inProgress),
    ] {
      try transaction.insertDeployment(Samples.deployment(id, into: place, state: state))
    }
    for (place, id) in [("prod", "d1"), ("dev", "d2")] {
      try transaction.putBinding(Samples.binding(in: place, deployment: id, image: "i1"))
    }
    try transaction.putBinding(Samples.binding("t2", heldBy: "d1"))
  }

  /// Tracks and deployments as words.
  private static func words(_ found: TrackStates) -> [String] {
    found.states.map { state in
      ([state.track.componentId, state.track.id] + state.deployments.map(\.id))
        .joined(separator: " ")
    }
  }

  @Test func `tracks come in order, with what is current somewhere and what has not ended`()
    async throws
  {
    try await withStore { store in
      try await store.write { try fill($0) }
      let all = ["cart t1 d2 d1 d4 d5", "cart t2", "site t1"]
      for (scope, expected) in [
        (ChangeScope.all, all), (.project("shop"), all), (.project("other"), []),
        (.component("site"), ["site t1"]),
      ] {
        try await expectRead(store, expected) {
          Self.words(try $0.states(in: scope, after: nil, limit: 9))
        }
      }
      try await expectRead(store, ["cart t2"]) {
        Self.words(try $0.states(in: .all, after: ("cart", "t1"), limit: 1))
      }
      let changes = try await store.read { try $0.changes(after: .start, limit: 99) ?? [] }
      let position = try await store.read { try $0.states(in: .all, after: nil, limit: 1).position }
      #expect(position == changes.last?.place)
    }
  }
}
