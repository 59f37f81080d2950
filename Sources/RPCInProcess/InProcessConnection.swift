import RPC
import Wire

/// The streams between a server and a client in one process.
///
/// Sendable because every `var` is touched on the executor's thread only.
final class InProcessConnection: @unchecked Sendable {
  let executor: any InProcessExecutor
  let window: Int
  let sendHighWatermark: Int

  private var handler: (any ServerStreamHandler)?
  /// Streams opened before the server serves.
  private var early: [() -> Void] = []
  /// The client halves of the open streams.
  private var streams: [ObjectIdentifier: InProcessStream] = [:]
  private var isDraining = false
  private var waiters: [CheckedContinuation<Void, Never>] = []

  init(executor: any InProcessExecutor, window: Int, sendHighWatermark: Int) {
    self.executor = executor
    self.window = window
    self.sendHighWatermark = sendHighWatermark
  }

  func serve(_ handler: any ServerStreamHandler) {
    self.handler = handler
    let early = early
    self.early = []
    for start in early { start() }
  }

  /// Returns when the connection has drained; cancelling ends all streams at once.
  func waitUntilDone() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        executor.execute {
          self.waiters.append(continuation)
          self.finishIfDrained()
        }
      }
    } onCancel: {
      executor.execute { self.abort() }
    }
  }

  func drain() {
    isDraining = true
    finishIfDrained()
  }

  private func abort() {
    isDraining = true
    for stream in streams.values { stream.lost() }
    finishIfDrained()
  }

  private func finishIfDrained() {
    guard isDraining, streams.isEmpty else { return }
    let waiting = waiters
    waiters = []
    for continuation in waiting { continuation.resume() }
  }

  func openStream(
    head: HeaderFields, endStream: Bool, receiver: any StreamReceiver
  ) -> InProcessStream {
    let client = InProcessStream(self, peer: "inprocess:server")
    let server = InProcessStream(self, peer: "inprocess:client")
    client.connect(to: server)
    server.connect(to: client)
    client.receiver = receiver
    if endStream { client.sentEnd = true }
    guard !isDraining else {
      executor.execute { client.refused() }
      return client
    }
    streams[ObjectIdentifier(client)] = client
    let start = { [self] in
      executor.execute { self.start(server, head: head, endStream: endStream) }
    }
    if handler == nil { early.append(start) } else { start() }
    return client
  }

  private func start(_ server: InProcessStream, head: HeaderFields, endStream: Bool) {
    guard let handler, !server.isClosed else { return }
    server.peerEnded = endStream
    server.receiver = handler.streamStarted(server, head: head, endStream: endStream)
    server.started()
  }

  func streamClosed(_ client: InProcessStream) {
    streams[ObjectIdentifier(client)] = nil
    executor.execute { self.finishIfDrained() }
  }
}
