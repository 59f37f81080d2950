import EventLoop
import RPC
import Wire

/// A server that tells its health as a test says, and answers other calls like `EchoHandler`.
final class HealthScript: ServerStreamHandler {
  enum Answer: Sendable {
    /// gRPC's number of the health.
    case status(UInt8)
    /// Ends the call with this status.
    case ends(String)
  }

  let echo = EchoHandler()
  /// The bodies of the questions that have come.
  let questions = Box<[[UInt8]]>([])
  private let state: Box<(answer: Answer, tell: [@Sendable () -> Void])>

  init(_ answer: Answer) { state = Box((answer, [])) }

  func say(_ answer: Answer) {
    let tell = state.update { state in
      state.answer = answer
      return state.tell
    }
    for tell in tell { tell() }
  }

  func streamStarted(
    _ stream: any TransportStream, head: HeaderFields, endStream: Bool
  ) -> any StreamReceiver {
    guard head[":path"] == "/grpc.health.v1.Health/Watch" else {
      return echo.streamStarted(stream, head: head, endStream: endStream)
    }
    let call = HealthCall(stream, self)
    let executor = stream.executor
    state.update { $0.tell.append { executor.execute { call.tell() } } }
    return call
  }

  fileprivate var answer: Answer { state.current.answer }
}

/// One Watch call.
///
/// `@unchecked Sendable`: confined to the stream's loop.
private final class HealthCall: StreamReceiver, @unchecked Sendable {
  private let stream: any TransportStream
  private let script: HealthScript
  private var body: [UInt8] = []
  private var hasHead = false
  private var isOver = false

  init(_ stream: any TransportStream, _ script: HealthScript) {
    self.stream = stream
    self.script = script
  }

  func received(_ bytes: RawSpan, endStream: Bool) {
    body += bytes.copy()
    stream.consumed(bytes.byteCount)
    guard endStream else { return }
    script.questions.update { $0.append(body) }
    tell()
  }

  func tell() {
    if isOver { return }
    switch script.answer {
    case .status(let status):
      if !hasHead {
        stream.sendHeaders(
          [":status": "200", "content-type": "application/grpc"], endStream: false)
      }
      hasHead = true
      stream.send([0, 0, 0, 0, 2, 8, status])
    case .ends(let status):
      isOver = true
      if hasHead { return stream.sendTrailers(["grpc-status": "\(status)"]) }
      stream.sendHeaders(
        [":status": "200", "content-type": "application/grpc", "grpc-status": "\(status)"],
        endStream: true)
    }
  }

  func receivedHeaders(_ fields: HeaderFields, endStream: Bool) {}
  func receivedTrailers(_ fields: HeaderFields) {}
  func writable() {}
  func timerFired() {}
  func closed(_ reason: StreamCloseReason) { isOver = true }
}
