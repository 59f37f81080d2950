import EventLoop
public import RPC
import Synchronization

/// Counts the gRPC calls of a server, for channelz: one of its observers.
///
/// Requests that the server refused before a handler ran have started and failed. Any thread reads
/// the numbers, which only grow.
public final class ServerCallCounter: CallStartObserver {
  private let startedCalls = Atomic<Int>(0)
  private let succeededCalls = Atomic<Int>(0)
  private let failedCalls = Atomic<Int>(0)
  /// Microseconds since 1970; 0 before the first.
  private let lastStart = Atomic<Int64>(0)

  public init() {}

  public var started: Int { startedCalls.load(ordering: .relaxed) }
  /// Ended with OK.
  public var succeeded: Int { succeededCalls.load(ordering: .relaxed) }
  public var failed: Int { failedCalls.load(ordering: .relaxed) }

  var lastStartMicroseconds: Int64? {
    let time = lastStart.load(ordering: .relaxed)
    return time == 0 ? nil : time
  }

  public func callStarted(_ request: RequestHeaders, _ storage: inout CallStorage) {
    if request.method != nil { countStart() }
  }

  public func callEnded(_ summary: CallSummary) {
    guard summary.httpMethod == nil else { return }
    if summary.method == nil { countStart() }
    if summary.code == .ok {
      succeededCalls.wrappingAdd(1, ordering: .relaxed)
    } else {
      failedCalls.wrappingAdd(1, ordering: .relaxed)
    }
  }

  private func countStart() {
    startedCalls.wrappingAdd(1, ordering: .relaxed)
    lastStart.store(WallClock.nowMicroseconds(), ordering: .relaxed)
  }
}
