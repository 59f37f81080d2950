import EventLoop
import RPC
import Wire

/// Answers each request as its path says.
///
/// `/echo` sends the body back as it comes, `/unary` one message when the request has ended,
/// `/early` a whole reply at once, `/hold` nothing until its `release`, `/flood` bytes for ever,
/// `/sink` reads nothing, `/authority` is NOT_FOUND with the request's `:authority`, `/wait` is `/unary` once `release` was called and takes nothing before.
final class EchoHandler: ServerStreamHandler {
  let opened = Box<[String]>([])
  let closed = Box<[StreamCloseReason]>([])

  private let releases = Box<[@Sendable () -> Void]?>([])

  /// Lets all `/wait` calls go on, later ones too.
  func release() {
    let waiting = releases.update { releases in
      defer { releases = nil }
      return releases ?? []
    }
    for release in waiting { release() }
  }

  private let waiting = Box<(count: Int, done: CheckedContinuation<Void, Never>)?>(nil)

  /// Waits until this many streams have been opened in total.
  func waitUntilOpened(_ count: Int) async {
    await withCheckedContinuation { done in
      let isReached = waiting.update { waiting in
        if opened.current.count >= count { return true }
        waiting = (count, done)
        return false
      }
      if isReached { done.resume() }
    }
  }

  func streamStarted(
    _ stream: any TransportStream, head: HeaderFields, endStream: Bool
  ) -> any StreamReceiver {
    let path = head["x-path"]
    opened.update { $0.append(path) }
    let isReached = waiting.update { waiting -> CheckedContinuation<Void, Never>? in
      guard let count = waiting?.count, opened.current.count >= count else { return nil }
      defer { waiting = nil }
      return waiting?.done
    }
    isReached?.resume()
    if path == "/authority" {
      stream.sendHeaders(
        [
          ":status": "200", "content-type": "application/grpc", "grpc-status": "5",
          "grpc-message": head[":authority"],
        ], endStream: true)
    }
    let call = EchoCall(stream, path, closed)
    if path == "/wait" {
      let executor = stream.executor
      let isWaiting = releases.update {
        $0?.append { executor.execute { call.release() } }
        return $0 != nil
      }
      if isWaiting { call.isWaiting = true }
    }
    call.started(endStream: endStream)
    return call
  }
}

/// One call.
///
/// `@unchecked Sendable`: confined to the stream's loop.
final class EchoCall: StreamReceiver, @unchecked Sendable {
  var isWaiting = false
  private var unread = 0
  private var hasEnded = false

  private let stream: any TransportStream
  private let path: String
  private let closedLog: Box<[StreamCloseReason]>
  private var body: [UInt8] = []

  init(_ stream: any TransportStream, _ path: String, _ closed: Box<[StreamCloseReason]>) {
    self.stream = stream
    self.path = path
    closedLog = closed
  }

  func started(endStream: Bool) {
    switch path {
    case "/echo":
      stream.sendHeaders([":status": "200"], endStream: false)
      if endStream { stream.sendTrailers(["grpc-status": "0"]) }
    case "/early":
      stream.sendHeaders([":status": "200", "grpc-status": "12"], endStream: true)
    case "/quiet":
      stream.sendHeaders([":status": "200"], endStream: false)
    case "/flood":
      stream.sendHeaders([":status": "200"], endStream: false)
      writable()
    case "/timer":
      stream.armTimer(after: .milliseconds(1))
    case "/peer":
      stream.sendHeaders([":status": "200", "x-peer": stream.peer], endStream: true)
    default:
      if endStream { reply() }
    }
  }

  func received(_ bytes: RawSpan, endStream: Bool) {
    let count = bytes.byteCount
    switch path {
    case "/echo":
      stream.send(bytes.copy())
      stream.consumed(count)
      if endStream { stream.sendTrailers(["grpc-status": "0"]) }
    case "/sink":
      break
    case "/sip":
      if unread == 0 { stream.armTimer(after: .milliseconds(5)) }
      unread += count
      hasEnded = endStream
    case "/wait" where isWaiting:
      body += bytes.copy()
      unread += count
      hasEnded = endStream
    default:
      body += bytes.copy()
      stream.consumed(count)
      if endStream { reply() }
    }
  }

  func release() {
    isWaiting = false
    stream.consumed(unread)
    if hasEnded { reply() }
  }

  private func reply() {
    if isWaiting { hasEnded = true }
    guard path == "/unary" || path == "/wait" && !isWaiting else { return }
    stream.sendHeaders([":status": "200"], endStream: false)
    stream.send(body)
    stream.sendTrailers(["grpc-status": "0"])
    // Whoever releases it may hold it for longer.
    stream.handlerEnded()
  }

  func receivedHeaders(_ fields: HeaderFields, endStream: Bool) {}

  func receivedTrailers(_ fields: HeaderFields) {
    stream.reset(.protocolError)
  }

  func writable() {
    guard path == "/flood" else { return }
    while stream.queuedBytes < stream.sendHighWatermark {
      stream.send([UInt8](repeating: 7, count: 16 * 1024))
    }
  }

  func timerFired() {
    if path == "/sip" { return sip() }
    stream.sendHeaders([":status": "200", "grpc-status": "4"], endStream: true)
  }

  /// Takes a little of what has come, and more in a moment.
  private func sip() {
    let count = min(unread, 2000)
    unread -= count
    stream.consumed(count)
    if unread > 0 {
      stream.armTimer(after: .milliseconds(5))
    } else if hasEnded {
      stream.sendHeaders([":status": "200", "grpc-status": "0"], endStream: true)
    }
  }

  func closed(_ reason: StreamCloseReason) {
    closedLog.update { $0.append(reason) }
  }
}
