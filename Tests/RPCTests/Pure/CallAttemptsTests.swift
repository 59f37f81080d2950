import Testing
import Wire

@testable import RPC

@Suite(.timeLimit(.minutes(2))) struct CallAttemptsTests {
  private static let policy = RetryPolicy(
    maxAttempts: 3,
    backoff: Backoff(initial: .seconds(1), maximum: .seconds(100), multiplier: 10, jitter: 0.2),
    retryableStatusCodes: [.unavailable])

  private var attempts = CallAttempts()
  private var throttle: RetryThrottle?

  private mutating func fail(
    _ code: StatusCode, unprocessed: Bool = false, pushback: String? = nil,
    policy: RetryPolicy? = Self.policy
  ) -> CallAttempts.Decision {
    var trailers: HeaderFields = ["grpc-status": "\(code.rawValue)"]
    if let pushback { trailers.append("grpc-retry-pushback-ms", pushback) }
    let status = ResponseStatus.parse(trailers: trailers, httpStatus: 200) ?? RPCError(.ok)
    return attempts.failed(
      status, isUnprocessed: unprocessed, policy: policy, throttle: &throttle, random: 0.5)
  }

  @Test mutating func `pauses grow until there have been enough attempts`() {
    #expect(fail(.unavailable) == .again(after: .seconds(1)))
    #expect(fail(.unavailable) == .again(after: .seconds(10)))
    #expect(attempts.previous == 2)
    #expect(fail(.unavailable) == .fail)
  }

  @Test mutating func `however many attempts a policy asks for, five are the most`() {
    var policy = Self.policy
    policy.maxAttempts = 100
    var decisions = 0
    while fail(.unavailable, policy: policy) != .fail { decisions += 1 }
    #expect(decisions == 4)
  }

  @Test mutating func `another status ends the call, and so does a call without a policy`() {
    #expect(fail(.internal) == .fail)
    #expect(fail(.unavailable, policy: nil) == .fail)
  }

  @Test mutating func `a call that is committed is not made again`() {
    attempts.commit()
    #expect(fail(.unavailable, unprocessed: true) == .fail)
  }

  @Test mutating func `what the server has not looked at is made once more, policy or none`() {
    #expect(attempts.current == CallAttempt(previous: 0, isTransparentRetry: false))
    #expect(fail(.unavailable, unprocessed: true, policy: nil) == .again(after: .zero))
    #expect(attempts.current == CallAttempt(previous: 0, isTransparentRetry: true))
    #expect(fail(.unavailable, unprocessed: true, policy: nil) == .fail)
  }

  @Test mutating func `the second time the policy decides`() {
    #expect(fail(.unavailable, unprocessed: true) == .again(after: .zero))
    #expect(fail(.unavailable, unprocessed: true) == .again(after: .seconds(1)))
    #expect(attempts.current == CallAttempt(previous: 1, isTransparentRetry: false))
    #expect(fail(.unavailable, unprocessed: true) == .again(after: .seconds(10)))
    #expect(fail(.unavailable, unprocessed: true) == .fail)
  }

  @Test mutating func `the server says when, and pauses begin anew`() {
    #expect(fail(.unavailable) == .again(after: .seconds(1)))
    #expect(fail(.unavailable, pushback: "50") == .again(after: .milliseconds(50)))
    #expect(attempts.previous == 2)
    attempts = CallAttempts()
    #expect(fail(.unavailable, pushback: "50") == .again(after: .milliseconds(50)))
    #expect(fail(.unavailable) == .again(after: .seconds(1)))
  }

  @Test(arguments: ["-1", "soon", ""])
  mutating func `the server says never`(pushback: String) {
    throttle = RetryThrottle(maximum: 10, ratio: 1)
    #expect(fail(.unavailable, pushback: pushback) == .fail)
    // Whatever its status.
    #expect(fail(.internal, pushback: pushback) == .fail)
    #expect(throttle?.tokens == 8)
  }

  @Test mutating func `without budget there is no other attempt`() {
    throttle = RetryThrottle(maximum: 4, ratio: 1)
    #expect(fail(.unavailable) == .again(after: .seconds(1)))
    #expect(fail(.unavailable) == .fail)
    #expect(throttle?.tokens == 2)
    // What is not to be tried again takes nothing of it.
    #expect(fail(.internal) == .fail)
    #expect(throttle?.tokens == 2)
  }
}
