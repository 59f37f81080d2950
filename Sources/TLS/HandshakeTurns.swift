import EventLoop

/// Lets the handshakes of one loop work for a part of its time: a full one costs a hundred calls,
/// and a flood of them must not hold up the connections that are there.
///
/// In a turn of the loop handshakes work until the turn's time is used up; the others wait, one
/// queue for each host, and hosts take turns. While any wait, the loop has as much time for
/// everything else as it spends on them. Confined to the loop.
final class HandshakeTurns {
  /// For all handshakes of one turn.
  static let turnTime = Duration.milliseconds(1)

  private let loop: EventLoop
  private var turnBegan = MonotonicTime(nanoseconds: .min)
  private var spent = Duration.zero
  /// Channels whose turn has come.
  private var called: Set<ObjectIdentifier> = []
  private var queues: [PeerHost: [TLSChannel]] = [:]
  /// Hosts with a queue, the next one first.
  private var hosts: [PeerHost] = []
  private var isScheduled = false
  /// What the last handshakes took, on average.
  private var usual = Duration.microseconds(300)

  init(on loop: EventLoop) { self.loop = loop }

  /// Whether the channel's handshake may work now; if not, its `turnCame` is called later.
  func allow(_ channel: TLSChannel) -> Bool {
    if loop.now != turnBegan {
      turnBegan = loop.now
      spent = .zero
    }
    if called.remove(ObjectIdentifier(channel)) != nil { return true }
    if hosts.isEmpty, spent < Self.turnTime { return true }
    wait(channel)
    return false
  }

  /// A handshake has worked for so long.
  func worked(_ time: Duration) {
    spent += time
    // Steps that found nothing to do say nothing about those that do.
    if time > .microseconds(20) { usual = (usual * 7 + time) / 8 }
  }

  func forget(_ channel: TLSChannel) {
    called.remove(ObjectIdentifier(channel))
    guard !hosts.isEmpty else { return }
    let host = PeerHost(channel.peerAddress)
    queues[host]?.removeAll { $0 === channel }
    if queues[host]?.isEmpty == true { drop(host) }
  }

  /// How many wait, for tests.
  var waiting: Int { queues.values.reduce(0) { $0 + $1.count } }

  private func wait(_ channel: TLSChannel) {
    let host = PeerHost(channel.peerAddress)
    if queues[host] == nil { hosts.append(host) }
    queues[host, default: []].append(channel)
    schedule()
  }

  private func schedule() {
    guard !isScheduled, !hosts.isEmpty else { return }
    isScheduled = true
    loop.schedule(after: max(spent, .microseconds(100))) { [weak self] in self?.callNext() }
  }

  /// Calls as many as should fit into one turn, one of each host in turn.
  private func callNext() {
    isScheduled = false
    var count = max(1, Int(Self.turnTime / usual))
    while count > 0, let host = hosts.first, let channel = queues[host]?.first {
      hosts.removeFirst()
      queues[host]?.removeFirst()
      if queues[host]?.isEmpty == true { queues[host] = nil } else { hosts.append(host) }
      called.insert(ObjectIdentifier(channel))
      channel.turnCame()
      count -= 1
    }
    schedule()
  }

  private func drop(_ host: PeerHost) {
    queues[host] = nil
    hosts.removeAll { $0 == host }
  }
}
