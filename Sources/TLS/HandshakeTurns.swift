import EventLoop

/// Whose handshake works in turns.
protocol HandshakeWaiter: AnyObject {
  /// Where it comes from.
  var host: PeerHost { get }
  /// It may ask again. Called on the loop, never from inside `allow` or `forget`.
  func turnCame()
}

/// Lets the handshakes of one loop work for a part of its time: a full one costs a hundred calls,
/// and a flood of them must not hold up the connections that are there.
///
/// In a turn of the loop handshakes work until the turn's time is used up: none begins a step
/// later. The others wait, one queue for each host, and hosts take turns. While any wait, the loop
/// has as much time for everything else as it spends on them. Confined to the loop.
final class HandshakeTurns {
  /// For all handshakes of one turn.
  static let turnTime = Duration.milliseconds(1)

  private let loop: EventLoop
  private var turnBegan = MonotonicTime(nanoseconds: .min)
  private var spent = Duration.zero
  /// Waiters whose turn has come, and which have not asked again, each with its place in the order
  /// of calls.
  private var called: [ObjectIdentifier: UInt64] = [:]
  private var calls: UInt64 = 0
  /// Waiters that asked when they were called, and found the time used up: they go first, in the
  /// order in which they were called.
  private var again: [(place: UInt64, waiter: any HandshakeWaiter)] = []
  private var queues: [PeerHost: [any HandshakeWaiter]] = [:]
  /// Hosts with a queue, the next one first.
  private var hosts: [PeerHost] = []
  private var isScheduled = false
  /// What the last handshakes took, on average.
  private var usual = Duration.microseconds(300)

  init(on loop: EventLoop) { self.loop = loop }

  /// Whether the waiter's handshake may work now; if not, its `turnCame` is called later, and it does
  /// not ask before.
  func allow(_ waiter: any HandshakeWaiter) -> Bool {
    if loop.now != turnBegan {
      turnBegan = loop.now
      spent = .zero
    }
    let place = called.removeValue(forKey: ObjectIdentifier(waiter))
    if spent < Self.turnTime, place != nil || !anyWait { return true }
    if let place {
      again.insert((place, waiter), at: again.firstIndex { $0.place > place } ?? again.count)
    } else {
      enqueue(waiter)
    }
    schedule()
    return false
  }

  /// A handshake has worked for so long.
  func worked(_ time: Duration) {
    spent += time
    // Steps that found nothing to do say nothing about those that do.
    if time > .microseconds(20) { usual = (usual * 7 + time) / 8 }
  }

  /// The waiter is gone.
  func forget(_ waiter: any HandshakeWaiter) {
    called[ObjectIdentifier(waiter)] = nil
    again.removeAll { $0.waiter === waiter }
    guard !hosts.isEmpty else { return }
    let host = waiter.host
    queues[host]?.removeAll { $0 === waiter }
    if queues[host]?.isEmpty == true { drop(host) }
  }

  /// How many wait, for tests.
  var waiting: Int { queues.values.reduce(again.count) { $0 + $1.count } }

  private var anyWait: Bool { !again.isEmpty || !hosts.isEmpty }

  private func enqueue(_ waiter: any HandshakeWaiter) {
    let host = waiter.host
    if queues[host] == nil { hosts.append(host) }
    queues[host, default: []].append(waiter)
  }

  private func schedule() {
    guard !isScheduled, anyWait else { return }
    isScheduled = true
    loop.schedule(after: max(spent, .microseconds(100))) { [weak self] in self?.callNext() }
  }

  /// Calls as many as should fit into one turn, one of each host in turn. Those that do not fit ask
  /// in vain, and are called again.
  private func callNext() {
    isScheduled = false
    var count = max(1, Int(Self.turnTime / usual))
    while count > 0, let (place, waiter) = takeNext() {
      called[ObjectIdentifier(waiter)] = place
      waiter.turnCame()
      count -= 1
    }
    schedule()
  }

  private func takeNext() -> (place: UInt64, waiter: any HandshakeWaiter)? {
    if !again.isEmpty { return again.removeFirst() }
    guard let host = hosts.first, let waiter = queues[host]?.first else { return nil }
    hosts.removeFirst()
    queues[host]?.removeFirst()
    if queues[host]?.isEmpty == true { queues[host] = nil } else { hosts.append(host) }
    calls += 1
    return (calls, waiter)
  }

  private func drop(_ host: PeerHost) {
    queues[host] = nil
    hosts.removeAll { $0 == host }
  }
}
