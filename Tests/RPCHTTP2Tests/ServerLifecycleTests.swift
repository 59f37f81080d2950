import Testing

@testable import RPCHTTP2

@Suite(.timeLimit(.minutes(2))) struct ServerLifecycleTests {
  private static let never = Int64.max

  @Test func `connections go to the loop with the fewest, up to the limit`() {
    let lifecycle = ServerLifecycle(loops: 2)
    let admissions = (0..<5).map { _ in lifecycle.admitBusy(limit: 4) }
    #expect(
      admissions == [
        .opened(loop: 0), .opened(loop: 1), .opened(loop: 0), .opened(loop: 1), .refused,
      ])
    lifecycle.removeConnection(loop: 1)
    #expect(lifecycle.admitBusy(limit: 4) == .opened(loop: 1))
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
    for _ in 0..<3 { _ = lifecycle.admitBusy(limit: 3) }
    #expect(lifecycle.addConnection(limit: 3) { oldest[$0] } == admission)
  }

  @Test func `a newcomer has the place of one that is still on its way to its loop`() {
    let lifecycle = ServerLifecycle(loops: 2)
    for _ in 0..<2 { _ = lifecycle.admitBusy(limit: 2) }
    let full = { lifecycle.addConnection(limit: 2) { _ in .max } }
    #expect(full() == .refused)
    lifecycle.removeConnection(loop: 1)
    #expect(full() == .opened(loop: 1))
    // The connection has not reached its loop, which would list it as idle.
    #expect(full() == .replaces(loop: 1))
    for _ in 0..<2 { lifecycle.arrived(loop: 1) }
    #expect(full() == .refused)
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

extension ServerLifecycle {
  /// Counts a connection that is busy as soon as it has come.
  fileprivate func admitBusy(limit: Int) -> Admission {
    let admission = addConnection(limit: limit) { _ in .max }
    switch admission {
    case .opened(let loop), .replaces(let loop): arrived(loop: loop)
    case .refused: break
    }
    return admission
  }
}
