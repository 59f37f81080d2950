import Synchronization
import Testing

@testable import RPC

/// Who is refused when something is short.
@Suite(.timeLimit(.minutes(2))) struct LoadMonitorTests {
  private final class Executor: CallExecutor {
    let index: Int
    let isCurrent = true
    private let seconds = Atomic<Int>(0)
    private let origin = ContinuousClock.now

    init(_ index: Int) { self.index = index }

    var currentInstant: ContinuousClock.Instant {
      origin + .seconds(seconds.load(ordering: .relaxed))
    }
    func pass(_ count: Int) { seconds.wrappingAdd(count, ordering: .relaxed) }
    func execute(_ body: @escaping @Sendable () -> Void) { body() }
    func execute(after delay: Duration, _ body: @escaping @Sendable () -> Void) {}
    func enqueue(_ job: consuming ExecutorJob) {}
  }

  private let accounts = CallAccounts()

  private func connection(handlers: Int) -> CallAccount {
    let account = CallAccount(of: HostAccount(in: accounts), isPrivileged: false)
    for _ in 0..<handlers { account.handlerStarted() }
    return account
  }

  private func monitor(memory: @escaping @Sendable () -> Int?) -> LoadMonitor {
    var shedding = LoadShedding()
    shedding.maxMemoryBytes = 1000
    shedding.memoryInUse = memory
    return LoadMonitor(shedding)
  }

  @Test func `the peer that takes more than its part is refused first, then everybody`() {
    let monitor = monitor { 1001 }
    let executor = Executor(0)
    let greedy = connection(handlers: 90)
    let modest = connection(handlers: 10)
    #expect(!monitor.isShort)
    monitor.looked(on: executor, late: .zero)
    #expect(monitor.isShort)
    #expect(monitor.reason(on: executor, greedy, inFlight: 100) == .memory)
    #expect(monitor.reason(on: executor, modest, inFlight: 100) == nil)
    executor.pass(1)
    monitor.looked(on: executor, late: .zero)
    #expect(monitor.reason(on: executor, greedy, inFlight: 100) == .memory)
    #expect(monitor.reason(on: executor, modest, inFlight: 100) == .memory)
  }

  @Test func `a lone peer is refused at once, and so is everybody when no handler runs`() {
    let monitor = monitor { 1001 }
    let executor = Executor(0)
    monitor.looked(on: executor, late: .zero)
    #expect(monitor.reason(on: executor, connection(handlers: 5), inFlight: 5) == .memory)
    #expect(monitor.reason(on: executor, connection(handlers: 0), inFlight: 0) == .memory)
    #expect(monitor.reason(on: executor, nil, inFlight: 5) == .memory)
  }

  @Test func `memory is asked for at most once a second, whoever looks`() {
    let asked = Atomic<Int>(0)
    let count = { @Sendable () -> Int? in
      asked.wrappingAdd(1, ordering: .relaxed)
      return 0
    }
    let monitor = monitor(memory: count)
    let executor = Executor(0)
    for _ in 0..<10 { monitor.looked(on: executor, late: .zero) }
    #expect(asked.load(ordering: .relaxed) == 1)
    executor.pass(1)
    for _ in 0..<10 { monitor.looked(on: executor, late: .zero) }
    #expect(asked.load(ordering: .relaxed) == 2)
  }

  @Test func `only the loop that lags refuses calls`() {
    var shedding = LoadShedding()
    shedding.maxLoopLag = .milliseconds(100)
    shedding.lateLooks = 2
    let monitor = LoadMonitor(shedding)
    let (slow, quick) = (Executor(3), Executor(4))
    for _ in 0..<2 {
      monitor.looked(on: slow, late: .milliseconds(101))
      monitor.looked(on: quick, late: .milliseconds(100))
    }
    #expect(monitor.reason(on: slow, nil, inFlight: 0) == .loopLag)
    #expect(monitor.reason(on: quick, nil, inFlight: 0) == nil)
    for _ in 0..<4 { monitor.looked(on: slow, late: .milliseconds(60)) }
    #expect(monitor.reason(on: slow, nil, inFlight: 0) == .loopLag)
    for _ in 0..<2 { monitor.looked(on: slow, late: .milliseconds(49)) }
    #expect(!monitor.isShort)
  }

  @Test func `memory that nobody can tell changes nothing`() {
    let monitor = monitor { nil }
    monitor.looked(on: Executor(0), late: .zero)
    #expect(!monitor.isShort)
  }
}
