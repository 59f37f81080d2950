import EventLoop
import Testing

@testable import TLS

@Suite(.timeLimit(.minutes(2)))
struct HandshakeTurnsTests {
  /// Takes no time of a turn that counts.
  private static let cheap = Duration.microseconds(30)
  /// Takes several turns' time.
  private static let dear = HandshakeTurns.turnTime * 3

  @Test
  func `A turn begins no handshake when its time is used up, whatever the last ones took`()
    async throws
  {
    // After many cheap ones more are called at once than there is time for when they are dear.
    let costs = Array(repeating: Self.cheap, count: 200) + Array(repeating: Self.dear, count: 40)
    let seen = try await Handshakes.run(costs.map { Handshakes.Plan(cost: $0) })
    #expect(seen.admitted == Array(0..<240))
    #expect(seen.overruns == 0)
    #expect(seen.waiting == 0)
  }

  @Test
  func `Hosts take turns, each with its own in the order in which they came`() async throws {
    let plans = [1, 1, 1, 1, 2, 2, 3].map { Handshakes.Plan(host: $0, cost: Self.dear) }
    // The first finds a turn in which nothing has happened.
    let seen = try await Handshakes.run([Handshakes.Plan(host: 9, cost: Self.dear)] + plans)
    #expect(seen.admitted == [0, 1, 5, 7, 2, 6, 3, 4])
    #expect(seen.overruns == 0)
  }

  @Test
  func `Those that are gone hold nobody up, whether they waited once or again`() async throws {
    var plans = Array(repeating: Handshakes.Plan(cost: Self.cheap), count: 100)
    for number in 0..<60 {
      plans.append(
        Handshakes.Plan(host: number % 2, cost: Self.dear, patience: [1, 2, .max][number % 3]))
    }
    let seen = try await Handshakes.run(plans)
    let patient = plans.indices.filter { plans[$0].patience == .max }
    #expect(patient.allSatisfy(seen.admitted.contains))
    for host in 0..<2 {
      let own = seen.admitted.filter { plans[$0].host == host }
      #expect(own == own.sorted())
    }
    #expect(seen.admitted.count + seen.gone.count == plans.count)
    #expect(seen.gone.contains { plans[$0].patience == 1 })
    #expect(seen.gone.contains { plans[$0].patience == 2 })
    #expect(seen.overruns == 0)
    #expect(seen.waiting == 0)
  }
}

/// Handshakes that only say how long they took, on a loop of their own. All of them ask in one turn.
///
/// `@unchecked Sendable`: confined to the loop.
private final class Handshakes: @unchecked Sendable {
  struct Plan {
    var host = 0
    var cost: Duration
    /// It goes when it is told to wait for so many times.
    var patience = Int.max
  }

  struct Seen {
    var admitted: [Int] = []
    var gone: [Int] = []
    /// How many began in a turn whose time was used up.
    var overruns = 0
    var waiting = 0
  }

  private final class Waiter: HandshakeWaiter, @unchecked Sendable {
    let number: Int
    let plan: Plan
    let host: PeerHost
    private let owner: Handshakes
    private var refusals = 0

    init(_ number: Int, _ plan: Plan, _ owner: Handshakes) {
      self.number = number
      self.plan = plan
      self.owner = owner
      host = PeerHost(.ipv4(host: UInt32(plan.host), port: UInt16(number)))
    }

    /// As a descriptor that is watched again: in the next turn.
    func turnCame() { owner.loop.executeInNextTurn { self.ask() } }

    func ask() {
      if owner.turns.allow(self) { return owner.admit(self) }
      refusals += 1
      if refusals == plan.patience { owner.leave(self) }
    }
  }

  let loop: EventLoop
  let turns: HandshakeTurns
  private var left: Int
  private var seen = Seen()
  private var turn: (began: MonotonicTime, spent: Duration)
  private var done: (() -> Void)?

  static func run(_ plans: [Plan]) async throws -> Seen {
    let loop = try EventLoop(name: "handshakes")
    let seen = await withCheckedContinuation { continuation in
      loop.execute {
        let own = Handshakes(plans.count, on: loop)
        own.done = {
          own.seen.waiting = own.turns.waiting
          continuation.resume(returning: own.seen)
        }
        for (number, plan) in plans.enumerated() { Waiter(number, plan, own).ask() }
      }
    }
    await loop.shutdown()
    return seen
  }

  private init(_ count: Int, on loop: EventLoop) {
    self.loop = loop
    turns = HandshakeTurns(on: loop)
    turn = (loop.now, .zero)
    left = count
  }

  private func admit(_ waiter: Waiter) {
    if loop.now != turn.began { turn = (loop.now, .zero) }
    if turn.spent >= HandshakeTurns.turnTime { seen.overruns += 1 }
    turn.spent += waiter.plan.cost
    turns.worked(waiter.plan.cost)
    seen.admitted.append(waiter.number)
    count()
  }

  private func leave(_ waiter: Waiter) {
    turns.forget(waiter)
    seen.gone.append(waiter.number)
    count()
  }

  private func count() {
    left -= 1
    if left == 0 { done?() }
  }
}
