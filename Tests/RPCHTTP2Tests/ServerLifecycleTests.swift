import Testing

@testable import RPCHTTP2

@Suite(.timeLimit(.minutes(2))) struct ServerLifecycleTests {
  private static let never = Int64.max

  @Test func `connections go to the loop with the fewest, up to the limit`() {
    let lifecycle = ServerLifecycle(loops: 2)
    let admissions = (0..<5).map { _ in
      lifecycle.addConnection(limit: 4) { _ in Self.never }
    }
    #expect(
      admissions == [
        .opened(loop: 0), .opened(loop: 1), .opened(loop: 0), .opened(loop: 1), .refused,
      ])
    lifecycle.removeConnection(loop: 1)
    #expect(lifecycle.addConnection(limit: 4) { _ in Self.never } == .opened(loop: 1))
    #expect(lifecycle.connections == 4)
  }

  @Test(
    "when it is full, the longest idle one of all loops makes room",
    arguments: [
      ([7, 3, 5], .replaces(loop: 1)), ([never, never, 5], .replaces(loop: 2)),
      ([never, never, never], .refused),
    ] as [([Int64], ServerLifecycle.Admission)])
  func replaces(oldest: [Int64], admission: ServerLifecycle.Admission) {
    let lifecycle = ServerLifecycle(loops: 3)
    for _ in 0..<3 { _ = lifecycle.addConnection(limit: 3) { _ in Self.never } }
    #expect(lifecycle.addConnection(limit: 3) { oldest[$0] } == admission)
  }

  @Test func `no more wait for room than a listener accepts at once`() {
    let lifecycle = ServerLifecycle(loops: 1)
    _ = lifecycle.addConnection(limit: 1) { _ in 1 }
    for _ in 0..<ServerLifecycle.maxReplacing {
      #expect(lifecycle.addConnection(limit: 1) { _ in 1 } == .replaces(loop: 0))
    }
    #expect(lifecycle.addConnection(limit: 1) { _ in 1 } == .refused)
    lifecycle.removeConnection(loop: 0)
    #expect(lifecycle.addConnection(limit: 1) { _ in 1 } == .replaces(loop: 0))
  }
}
