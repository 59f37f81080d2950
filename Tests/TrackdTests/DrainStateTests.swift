import Synchronization
import Testing

@testable import trackd

@Suite(.timeLimit(.minutes(2))) struct DrainStateTests {
  private final class Clock: Sendable {
    private let instant = Mutex(ContinuousClock.now)

    var now: ContinuousClock.Instant { instant.withLock { $0 } }

    func pass(_ duration: Duration) { instant.withLock { $0 += duration } }
  }

  @Test func `a drain begins once`() {
    let drain = DrainState()
    #expect(drain.begin())
    #expect(!drain.begin())
    #expect(!drain.begin())
  }

  @Test func `the grace time runs from the beginning of the drain, however long trackd ran before`()
  {
    let clock = Clock()
    let drain = DrainState(now: { clock.now })
    clock.pass(.seconds(3600))
    #expect(drain.remaining(of: .seconds(30)) == .seconds(30))
    #expect(drain.begin())
    #expect(drain.remaining(of: .seconds(30)) == .seconds(30))
    clock.pass(.seconds(20))
    #expect(!drain.begin())
    #expect(drain.remaining(of: .seconds(30)) == .seconds(10))
    clock.pass(.seconds(20))
    #expect(drain.remaining(of: .seconds(30)) == .zero)
    #expect(drain.remaining(of: .zero) == .zero)
  }
}
