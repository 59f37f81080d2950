import EventLoop
import RPC
import Wire

/// Asks the server of one connection how a service is, and listens for as long as the connection
/// lasts. Confined to the loop.
///
/// Source: gRFC A17.
final class HealthWatch {
  enum Finding: Equatable {
    case healthy
    /// The server has no health service.
    case unchecked
    case unhealthy(String)
  }

  private let service: String
  private let connection: ClientConnection
  private let loop: EventLoop
  private let authority: String
  private let backoff: Backoff
  private let onFinding: (Finding) -> Void
  private var stream: HealthStream?
  private var timer: EventLoop.Timer?
  private var failures = 0
  private var isOver = false

  init(
    of service: String, on connection: ClientConnection, for channel: ChannelCore,
    _ onFinding: @escaping (Finding) -> Void
  ) {
    self.service = service
    self.connection = connection
    self.onFinding = onFinding
    loop = channel.loop
    authority = channel.authority
    backoff = channel.options.backoff
  }

  /// Asks in the next turn: the caller may be in the middle of the connection's events.
  func start() { ask(after: .zero) }

  func cancel() {
    isOver = true
    timer?.cancel()
    stream?.reset()
    stream = nil
  }

  private func ask(after delay: Duration) {
    timer = loop.schedule(after: delay) { [weak self] in self?.ask() }
  }

  private func ask() {
    guard !isOver else { return }
    let began = loop.now
    let stream = HealthStream(
      onStatus: { [weak self] status in self?.received(status) },
      onEnd: { [weak self] status, hadAnswer in self?.ended(status, hadAnswer, began) })
    self.stream = stream
    stream.open(on: connection, service: service, authority: authority)
  }

  private func received(_ status: HealthMessages.Status) {
    guard !isOver else { return }
    failures = 0
    switch status {
    case .serving: onFinding(.healthy)
    case .notServing: onFinding(.unhealthy("its health is NOT_SERVING"))
    case .serviceUnknown: onFinding(.unhealthy("its health is SERVICE_UNKNOWN"))
    case .unknown: onFinding(.unhealthy("its health is UNKNOWN"))
    }
  }

  /// - Parameter status: gRPC's status code; nil when the stream ended without one.
  private func ended(_ status: Int?, _ hadAnswer: Bool, _ began: MonotonicTime) {
    guard !isOver else { return }
    stream = nil
    if status == Int(StatusCode.unimplemented.rawValue) {
      isOver = true
      return onFinding(.unchecked)
    }
    failures += 1
    let code = status.flatMap { UInt8(exactly: $0) }.flatMap(StatusCode.init(rawValue:))
    onFinding(.unhealthy("its health check ended: \(code?.description ?? "without a status")"))
    // At once after an answer, but not in a circle.
    let isQuick = hadAnswer && loop.now - began >= backoff.initial
    let delay = backoff.delay(afterFailures: failures, random: Double.random(in: 0...1))
    ask(after: isQuick ? .zero : delay)
  }
}

/// One Watch call. Confined to the loop.
private final class HealthStream: StreamReceiver {
  private let onStatus: (HealthMessages.Status) -> Void
  private let onEnd: (_ status: Int?, _ hadAnswer: Bool) -> Void
  private var stream: (any TransportStream)?
  private weak var connection: ClientConnection?
  private var bytes: [UInt8] = []
  private var status: Int?
  private var hadAnswer = false

  init(
    onStatus: @escaping (HealthMessages.Status) -> Void,
    onEnd: @escaping (_ status: Int?, _ hadAnswer: Bool) -> Void
  ) {
    self.onStatus = onStatus
    self.onEnd = onEnd
  }

  func open(on connection: ClientConnection, service: String, authority: String) {
    let head: HeaderFields = [
      ":method": "POST", ":scheme": "http", ":path": "/grpc.health.v1.Health/Watch",
      ":authority": authority, "te": "trailers", "content-type": "application/grpc",
    ]
    connection.ownStreams += 1
    self.connection = connection
    let stream = connection.openStream(head, endStream: false, self)
    self.stream = stream
    stream.send(HealthMessages.request(service: service))
    stream.sendEnd()
  }

  func reset() { stream?.reset(.cancel) }

  func receivedHeaders(_ fields: HeaderFields, endStream: Bool) {
    if endStream { receivedTrailers(fields) }
  }

  func received(_ bytes: RawSpan, endStream: Bool) {
    self.bytes.append(rawBytes: bytes)
    stream?.consumed(bytes.byteCount)
    do {
      while let status = try HealthMessages.take(from: &self.bytes) {
        hadAnswer = true
        onStatus(status)
      }
    } catch {
      self.bytes = []
      stream?.reset(.protocolError)
    }
  }

  func receivedTrailers(_ fields: HeaderFields) {
    status = fields.value("grpc-status").flatMap { Int(String(decoding: $0, as: UTF8.self)) }
  }

  func writable() {}
  func timerFired() {}

  func closed(_ reason: StreamCloseReason) {
    stream = nil
    connection?.ownStreams -= 1
    onEnd(status, hadAnswer)
  }
}
