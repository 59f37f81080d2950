import EventLoop
public import TLS

/// Bytes and streams of one connection, or of several, since the beginning. The numbers only grow.
public struct ConnectionTotals: Sendable, Equatable {
  /// Bytes of HTTP: what a channel such as TLS adds is not counted.
  public var bytesRead = 0
  public var bytesWritten = 0
  /// Streams that a call or a handler got.
  public var streamsOpened = 0
  /// Requests that ended without a handler because they were above a limit: too many streams, calls
  /// that take too much, header lists that are too large. Servers only.
  public var streamsRefused = 0

  public init() {}
}

/// Sums over all connections of a server since it was made, open and closed.
public struct ConnectionCounts: Sendable, Equatable {
  public var opened = 0
  public var closed = 0
  public var totals = ConnectionTotals()
  /// TLS handshakes that came to their end, those that took up an earlier session among them.
  public var handshakes = 0
  public var resumedHandshakes = 0
  /// Those that failed, by class; without an entry: none.
  public var failedHandshakes: [HandshakeFailure: Int] = [:]

  public init() {}
}

/// The counts of one loop's connections. Written on the loop, read anywhere.
final class LoopConnectionCounters: Sendable {
  let opened = LoopCounter()
  let closed = LoopCounter()
  let bytesRead = LoopCounter()
  let bytesWritten = LoopCounter()
  let streamsOpened = LoopCounter()
  let streamsRefused = LoopCounter()
  let handshakes = LoopCounter()
  let resumedHandshakes = LoopCounter()
  private let failedHandshakes = HandshakeFailure.allCases.map { _ in Cell() }
  // Of a client's calls.
  let callsStarted = LoopCounter()
  let callsSucceeded = LoopCounter()
  let callsFailed = LoopCounter()

  /// A counter that arrays can hold.
  private final class Cell: Sendable { let counter = LoopCounter() }

  func handshakeEnded(_ end: HandshakeEnd) {
    switch end {
    case .full: handshakes.add(1)
    case .resumed:
      handshakes.add(1)
      resumedHandshakes.add(1)
    case .failed(let failure): failedHandshakes[failure.rawValue].counter.add(1)
    }
  }

  func callEnded(isOK: Bool) {
    if isOK { callsSucceeded.add(1) } else { callsFailed.add(1) }
  }

  /// Adds the present counts to `counts`. Any thread.
  func add(to counts: inout ConnectionCounts) {
    counts.opened += opened.value
    counts.closed += closed.value
    counts.totals.bytesRead += bytesRead.value
    counts.totals.bytesWritten += bytesWritten.value
    counts.totals.streamsOpened += streamsOpened.value
    counts.totals.streamsRefused += streamsRefused.value
    counts.handshakes += handshakes.value
    counts.resumedHandshakes += resumedHandshakes.value
    for failure in HandshakeFailure.allCases {
      let count = failedHandshakes[failure.rawValue].counter.value
      counts.failedHandshakes[failure, default: 0] += count
    }
  }
}
