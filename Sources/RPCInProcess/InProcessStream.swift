import RPC
import Wire

/// One end of a stream in memory.
///
/// What is sent is queued here and handed to the other end's receiver in a later job of the
/// executor, data within its window. Sendable because every `var` is confined to the executor.
final class InProcessStream: TransportStream, @unchecked Sendable {
  enum Item {
    case headers(HeaderFields, endStream: Bool)
    case data([UInt8])
    case trailers(HeaderFields)
    case end
  }

  let connection: InProcessConnection
  let peer: String
  var peerCredentials: PeerCredentials { .sameProcess }
  /// Its events; a server's end gets it when the stream has started.
  var receiver: (any StreamReceiver)?
  /// This end has queued its last item.
  var sentEnd = false
  /// The other end's last item has been delivered.
  var peerEnded = false
  private(set) var isClosed = false
  /// A stream that is over, but whose `closed` is still to come, is full.
  var queuedBytes: Int { isClosed ? .max : bytesInQueue }

  private var bytesInQueue = 0
  private var other: InProcessStream?
  private var queue: [Item] = []
  /// Bytes that the other end may still be given.
  private var window: Int
  private var pumpIsScheduled = false
  private var wasAboveWatermark = false
  private var timerGeneration = 0

  init(_ connection: InProcessConnection, peer: String) {
    self.connection = connection
    self.peer = peer
    window = connection.window
  }

  func connect(to other: InProcessStream) { self.other = other }

  var executor: any CallExecutor { connection.executor }
  var sendHighWatermark: Int { connection.sendHighWatermark }

  func sendHeaders(_ fields: HeaderFields, endStream: Bool) {
    enqueue(.headers(fields, endStream: endStream), last: endStream)
  }

  func send(_ bytes: consuming [UInt8]) {
    guard !isClosed, !sentEnd else { return }
    bytesInQueue += bytes.count
    if queuedBytes > sendHighWatermark { wasAboveWatermark = true }
    enqueue(.data(bytes), last: false)
  }

  func sendTrailers(_ fields: HeaderFields) { enqueue(.trailers(fields), last: true) }
  func sendEnd() { enqueue(.end, last: true) }

  private func enqueue(_ item: Item, last: Bool) {
    guard !isClosed, !sentEnd else { return }
    sentEnd = last
    queue.append(item)
    schedulePump()
  }

  func reset(_ reason: StreamResetReason) {
    guard !isClosed else { return }
    close(.resetLocally, other: .resetByPeer(code: reason.code))
  }

  func consumed(_ count: Int) {
    guard let other, !isClosed else { return }
    other.window += count
    other.schedulePump()
  }

  func armTimer(after delay: Duration) {
    guard !isClosed else { return }
    timerGeneration += 1
    let generation = timerGeneration
    connection.executor.schedule(after: delay) {
      guard generation == self.timerGeneration, !self.isClosed else { return }
      self.receiver?.timerFired()
    }
  }

  func disarmTimer() { timerGeneration += 1 }

  // MARK: Delivery

  /// A server's end has its receiver: bytes that the client sent meanwhile can be delivered.
  func started() { other?.schedulePump() }

  private func schedulePump() {
    guard !pumpIsScheduled, !isClosed else { return }
    pumpIsScheduled = true
    connection.executor.execute { self.pump() }
  }

  private func pump() {
    pumpIsScheduled = false
    guard !isClosed, let other, let receiver = other.receiver else { return }
    while let item = queue.first, !isClosed {
      guard deliver(item, to: receiver, of: other) else { break }
    }
    if wasAboveWatermark, queuedBytes <= sendHighWatermark, !isClosed {
      wasAboveWatermark = false
      self.receiver?.writable()
    }
  }

  /// - Returns: false when the window is used up.
  private func deliver(
    _ item: Item, to receiver: any StreamReceiver, of other: InProcessStream
  ) -> Bool {
    switch item {
    case .data(let bytes):
      guard window > 0 || bytes.isEmpty else { return false }
      deliver(bytes, to: receiver, of: other)
    case .headers(let fields, let endStream):
      queue.removeFirst()
      other.peerEnded = endStream
      receiver.receivedHeaders(fields, endStream: endStream)
    case .trailers(let fields):
      queue.removeFirst()
      other.peerEnded = true
      receiver.receivedTrailers(fields)
    case .end:
      queue.removeFirst()
      other.peerEnded = true
      let nothing: [UInt8] = []
      nothing.withSpan(0..<0) { receiver.received($0, endStream: true) }
    }
    if other.peerEnded { other.halfEnded() }
    return true
  }

  private func deliver(
    _ bytes: [UInt8], to receiver: any StreamReceiver, of other: InProcessStream
  ) {
    let count = min(window, bytes.count)
    queue.removeFirst()
    if count < bytes.count {
      queue.insert(.data(Array(bytes[count...])), at: 0)
    } else if case .end? = queue.first {
      // As a DATA frame that ends the stream.
      queue.removeFirst()
      other.peerEnded = true
    }
    window -= count
    bytesInQueue -= count
    bytes.withSpan(0..<count) { receiver.received($0, endStream: other.peerEnded) }
  }

  // MARK: Ending

  /// The other end's last item has been delivered here.
  private func halfEnded() {
    guard let other, !isClosed else { return }
    if other.peerEnded {
      close(.finished, other: .finished)
    } else if other.isServer {
      // The server has replied and wants no more of the request.
      close(.resetByPeer(code: StreamResetReason.noError.code), other: .resetLocally)
    }
  }

  private var isServer: Bool { peer == "inprocess:client" }

  func lost() {
    let reason = StreamCloseReason.connectionLost("the transport was stopped")
    close(reason, other: reason)
  }

  func refused() { close(.unprocessed, other: .unprocessed) }

  private func close(_ reason: StreamCloseReason, other otherReason: StreamCloseReason) {
    guard !isClosed, let other else { return }
    let ends = [(self, reason), (other, otherReason)]
    for (end, _) in ends {
      end.isClosed = true
      end.queue = []
      end.bytesInQueue = 0
      end.other = nil
    }
    connection.streamClosed(isServer ? other : self)
    connection.executor.execute {
      for (end, reason) in ends {
        let receiver = end.receiver
        end.receiver = nil
        receiver?.closed(reason)
      }
    }
  }
}

extension StreamResetReason {
  /// The HTTP/2 error code (RFC 9113 section 7).
  var code: UInt32 {
    switch self {
    case .noError: 0
    case .protocolError: 1
    case .internalError: 2
    case .refused: 7
    case .cancel: 8
    }
  }
}
