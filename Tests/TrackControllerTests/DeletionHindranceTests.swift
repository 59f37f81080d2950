import TestSupport
import Testing
import TrackDomain

@testable import TrackController

/// Why a deletion is not over yet.
@Suite(.timeLimit(.minutes(2))) struct DeletionHindranceTests {
  /// Stores a deletion of the shop's track that no executor has leased.
  private func begin(
    _ shop: Shop, _ step: Operation.Step, lastError: String = ""
  ) async throws -> String {
    let (trackId, time) = (shop.track.id, shop.fixture.clock.now)
    return try await shop.store.write { transaction in
      var operation = Operation(
        id: UniqueID.random().description, kind: .trackDeletion, componentId: "shop",
        trackId: trackId, dueAt: time, createdAt: time,
        actor: Principal(name: "ada", isVerified: false)
      )
      try transaction.insertOperation(operation)
      operation.step = step
      operation.lastError = lastError
      try transaction.updateOperation(operation)
      return operation.id
    }
  }

  private func hindrance(_ shop: Shop, _ id: String) async throws -> DeletionHindrance {
    let trackId = shop.track.id
    return try await shop.store.read {
      try $0.hindrance(of: id, componentId: "shop", trackId: trackId)
    }
  }

  @Test func `its own history is no fault of anybody outside`() async throws {
    try await Shop.with { (shop) async throws in
      for name in ["a", "b", "c"] { _ = try await shop.image(name) }
      let id = try await begin(shop, .purging, lastError: "the deleter was down")
      let hindrance = try await hindrance(shop, id)
      guard case .history(let rows) = hindrance else {
        Issue.record("\(hindrance)")
        return
      }
      #expect(rows >= 3)
      #expect(hindrance.words.contains("\(rows) rows of deployments, images,"))
      #expect(!hindrance.words.contains("outside of trackd is not gone"))
      let trackId = shop.track.id
      let few = try await shop.store.read {
        try $0.historyRows(componentId: "shop", trackId: trackId, upTo: 2)
      }
      #expect(few == 2)
      #expect(DeletionHindrance.history(rows: 10_000).words.contains("more than 10000 rows"))
    }
  }

  @Test func `a deployment that is being published is named`() async throws {
    try await Shop.with { (shop) async throws in
      let deployment = try await shop.deploy(try await shop.image("a"))
      let id = try await begin(shop, .accepted)
      #expect(try await hindrance(shop, id) == .deployment(deployment.id))
    }
  }

  @Test func `what went wrong outside is told`() async throws {
    try await Shop.with { (shop) async throws in
      let id = try await begin(shop, .cleaning, lastError: "the deleter is down")
      #expect(try await hindrance(shop, id) == .outside("the deleter is down"))
      #expect(try await hindrance(shop, "gone") == .outside(""))
    }
  }
}
