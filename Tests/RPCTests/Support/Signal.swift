/// An event that happens once, and that tasks wait for.
struct Signal: Sendable {
  private let stream: AsyncStream<Void>
  private let continuation: AsyncStream<Void>.Continuation

  init() { (stream, continuation) = AsyncStream.makeStream() }

  func fire() { continuation.finish() }

  /// Returns when fired, or when the task is cancelled.
  func wait() async { for await _ in stream {} }
}
