/// Which attempt a call is at, and whether another one follows; pure.
///
/// open -> (failed -> open)* -> committed. A call is committed when its response has begun, or when
/// more of its request is gone than is kept: there is no further attempt then. Source: gRFC A6.
struct CallAttempts {
  enum Decision: Equatable {
    /// The status is the call's.
    case fail
    case again(after: Duration)
  }

  private(set) var isCommitted = false
  /// Attempts that the server may have seen: `grpc-previous-rpc-attempts` of the next one.
  private(set) var previous = 0
  /// Failures since the server last said when to try again.
  private var failures = 0
  private var wasTransparent = false

  /// The attempt that begins. By a policy there is another one only after `previous` has grown.
  var current: CallAttempt {
    CallAttempt(previous: previous, isTransparentRetry: wasTransparent && previous == 0)
  }

  mutating func commit() { isCommitted = true }

  /// An attempt has ended with an error.
  ///
  /// - Parameters:
  ///   - isUnprocessed: the server has not looked at it.
  ///   - policy: the method's, if it has one.
  ///   - throttle: the budget of the client, if it has one.
  ///   - random: from 0 to 1.
  mutating func failed(
    _ status: RPCError, isUnprocessed: Bool, policy: RetryPolicy?,
    throttle: inout RetryThrottle?, random: @autoclosure () -> Double
  ) -> Decision {
    if isCommitted { return .fail }
    // Once, and only the first attempt: a server that refuses twice is busy.
    if isUnprocessed, previous == 0, !wasTransparent {
      wasTransparent = true
      return .again(after: .zero)
    }
    guard let policy else { return .fail }
    let advice = status.retryAdvice
    guard policy.retryableStatusCodes.contains(status.code) || advice == .never else {
      return .fail
    }
    throttle?.failed()
    guard advice != .never, throttle?.allowsRetry ?? true,
      previous + 1 < min(policy.maxAttempts, RetryPolicy.mostAttempts)
    else { return .fail }
    previous += 1
    if case .after(let delay) = advice {
      failures = 0
      return .again(after: delay)
    }
    failures += 1
    return .again(after: policy.backoff.delay(afterFailures: failures, random: random()))
  }
}
