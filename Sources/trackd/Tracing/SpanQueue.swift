import EventLoop
import Telemetry

/// The spans that wait to be sent: few, and what does not fit is counted. Any thread.
///
/// `@unchecked Sendable`: everything is touched under the lock only.
final class SpanQueue: SpanRecorder, @unchecked Sendable {
  static let capacity = 4096

  private let lock = Lock()
  private var spans: [Span] = []
  private var droppedSpans = 0

  func record(_ span: Span) {
    lock.withLock {
      if spans.count < Self.capacity { spans.append(span) } else { droppedSpans += 1 }
    }
  }

  var now: Int64 { WallClock.nowMicroseconds() &* 1000 }

  /// Takes the oldest.
  func take(_ most: Int) -> [Span] {
    lock.withLock {
      let taken = Array(spans.prefix(most))
      spans.removeFirst(taken.count)
      return taken
    }
  }

  func lost(_ count: Int) { lock.withLock { droppedSpans += count } }

  var dropped: Int { lock.withLock { droppedSpans } }
}
