import Testing
import Wire

@testable import RPC

@Suite(.timeLimit(.minutes(2))) struct IntakeTurnsTests {
  /// A request that only knows the bytes that it holds, and whether its window is open.
  private final class Request: Intake {
    let core: ServerCore
    let stream: any TransportStream
    let account: CallAccount?
    var heldBytes = 0
    var waitsForIntake = false
    private let window = WindowStream()
    var isOpen: Bool { window.isOpen }

    init(_ core: ServerCore, _ account: CallAccount) {
      self.core = core
      self.account = account
      stream = window
    }

    /// Brings bytes; false when they are refused.
    func bring(_ count: Int) -> Bool { takeIn(count, holding: heldBytes + count) }
    func end() { letGo(holding: 0) }
  }

  private final class WindowStream: TransportStream {
    let executor: any CallExecutor = NoExecutor()
    let peer = "test"
    let queuedBytes = 0
    let sendHighWatermark = 0
    var isOpen = true
    func sendHeaders(_ fields: HeaderFields, endStream: Bool) {}
    func send(_ bytes: consuming [UInt8]) {}
    func sendTrailers(_ fields: HeaderFields) {}
    func sendEnd() {}
    func reset(_ reason: StreamResetReason) {}
    func consumed(_ count: Int) { isOpen = true }
    func keep(_ count: Int) { isOpen = false }
    func resume() { isOpen = true }
    func armTimer(after delay: Duration) {}
    func disarmTimer() {}
  }

  private final class NoExecutor: CallExecutor {
    let isCurrent = true
    var currentInstant: ContinuousClock.Instant { .now }
    func execute(_ body: @escaping @Sendable () -> Void) { body() }
    func execute(after delay: Duration, _ body: @escaping @Sendable () -> Void) {}
    func enqueue(_ job: consuming ExecutorJob) {}
  }

  private let turns = IntakeTurns()
  private let host = HostAccount(in: CallAccounts())

  private func connection() -> CallAccount {
    CallAccount(of: host, isPrivileged: false, turns: turns)
  }

  private func server(eager: Int = 100, held: Int = 1_000_000) -> ServerCore {
    var limits = RPCLimits()
    limits.maxEagerRequestBytes = eager
    limits.maxHeldRequestBytes = held
    return ServerCore(
      router: Router(), admission: nil, interceptors: [], observers: [], encodings: [],
      limits: limits, httpHandler: nil)
  }

  @Test func `requests come in freely until the server holds half of what it may`() {
    let core = server()
    let (first, second) = (Request(core, connection()), Request(core, connection()))
    #expect(first.bring(49) && second.bring(1))
    #expect(first.isOpen && second.isOpen)
    #expect(!second.waitsForIntake && second.account?.intake.proceeding == nil)
  }

  @Test func `above it a connection has its share, and then one request its turn`() {
    let core = server()
    let (one, two) = (connection(), connection())
    let greedy = (0..<3).map { _ in Request(core, one) }
    let modest = Request(core, two)
    #expect(modest.bring(1))
    #expect(greedy[0].bring(49))
    // Half of the limit is used, and the share is fifty.
    #expect(greedy[1].bring(1))
    #expect(one.intake.proceeding === greedy[1])
    #expect(greedy[2].bring(1) && !greedy[2].isOpen)
    #expect(modest.bring(10) && modest.isOpen && !modest.waitsForIntake)
    greedy[1].end()
    #expect(greedy[2].isOpen && one.intake.proceeding === greedy[2])
  }

  @Test func `connections take turns in the order in which they asked`() {
    let core = server(eager: 1)
    let requests = (0..<4).map { _ in Request(core, connection()) }
    for request in requests { #expect(request.bring(10)) }
    for request in requests {
      #expect(requests.map(\.isOpen) == requests.map { $0 === request || $0.heldBytes == 0 })
      #expect(request.bring(1000) && request.isOpen)
      request.end()
    }
    #expect(core.heldBytes.count == 0)
  }

  @Test(arguments: [16 << 10, (16 << 10) - 1])
  func `a turn passes on when its request does not come`(bytes: Int) {
    let core = server(eager: 1)
    let (slow, other) = (Request(core, connection()), Request(core, connection()))
    #expect(slow.bring(1) && other.bring(1))
    #expect(slow.bring(bytes))
    slow.account?.rest()
    #expect(other.isOpen == (bytes < 16 << 10))
    slow.account?.rest()
    #expect(other.isOpen)
    // It waits behind the others from now on.
    #expect(slow.bring(1) && !slow.isOpen)
    other.end()
    #expect(slow.isOpen)
  }

  @Test func `a request that ends while it waits is forgotten`() {
    let core = server(eager: 1)
    let account = connection()
    let requests = (0..<3).map { _ in Request(core, account) }
    for request in requests { #expect(request.bring(10)) }
    requests[1].end()
    #expect(account.intake.waiting.count == 1)
    requests[0].end()
    #expect(requests[2].isOpen && account.intake.waiting.isEmpty)
    requests[2].end()
    #expect(account.intake.proceeding == nil)
    // The turn is free for the next connection.
    let next = Request(core, connection())
    #expect(next.bring(10) && next.isOpen)
  }

  @Test(arguments: [0, 1])
  func `too much is refused from who holds more than a share`(above: Int) {
    let core = server(eager: 1, held: 100)
    let (one, two) = (connection(), connection())
    let turn = Request(core, one)
    let (large, small) = (Request(core, one), Request(core, two))
    #expect(turn.bring(10))
    #expect(small.bring(10))
    #expect(large.bring(80 + above) == (above == 0))
    // A connection within its share of fifty only waits.
    #expect(small.bring(10) && !small.isOpen)
    // It has the turn, so the others wait for it.
    #expect(turn.bring(1000) && turn.isOpen)
  }
}
