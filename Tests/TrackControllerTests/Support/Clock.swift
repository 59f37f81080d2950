import Synchronization
import TrackDomain

/// A wall clock that stands still until a test moves it.
final class Clock: Sendable {
  private let microseconds = Atomic<Int64>(1_800_000_000_000_000)

  var now: Timestamp { Timestamp(microseconds: microseconds.load(ordering: .relaxed)) }

  func advance(seconds: Int64) {
    microseconds.add(seconds * 1_000_000, ordering: .relaxed)
  }

  func advance(milliseconds: Int64) {
    microseconds.add(milliseconds * 1000, ordering: .relaxed)
  }
}
