import EventLoop
import RPC
import Telemetry
import TrackDomain

/// Makes the calls to one remote server: with deadlines, with retries where the server is
/// unavailable, and with pauses while it does not answer.
///
/// Every call must be idempotent, because its answer may be lost. Any thread.
///
/// `@unchecked Sendable`: `throttle` and `breaker` are touched inside `lock` only.
final class RemoteCaller: @unchecked Sendable {
  /// Events for operators.
  enum Event: Sendable, Equatable {
    /// Too many calls in a row had no answer: no call is made for this long.
    case paused(Duration)
    /// The server answers again.
    case resumed
  }

  private let policy: RemotePolicy
  private let clock: RemoteClock
  private let onEvent: @Sendable (Event) -> Void
  private let lock = Lock()
  private var throttle: RetryThrottle
  private var breaker: CircuitBreaker

  init(
    policy: RemotePolicy = RemotePolicy(), clock: RemoteClock = .system,
    onEvent: @escaping @Sendable (Event) -> Void = { _ in }
  ) {
    self.policy = policy
    self.clock = clock
    self.onEvent = onEvent
    throttle = policy.throttle
    breaker = CircuitBreaker(maxFailures: policy.maxFailures, pause: policy.pause)
  }

  /// Makes a call until it is answered, or a further attempt makes no sense. Where its caller's
  /// trace is recorded, the call is a span of it, and each attempt a part of that: of a
  /// refused stream, which is opened again at once, too.
  ///
  /// - Parameters:
  ///   - method: what `body` calls.
  ///   - service: the name in errors, such as `release management`.
  ///   - body: makes one attempt, with these options.
  func call<Response: Sendable>(
    _ method: MethodDescriptor, of service: String, _ timeouts: RemoteTimeouts,
    _ body: @Sendable (CallOptions) async throws -> Response
  ) async throws(IntegrationError) -> Response {
    let span = AttemptSpan(method: method)
    return try await Trace.span(span.callName, .client, attributes: span.attributes) {
      () async throws(IntegrationError) in
      try await attempts(service, timeouts) { (options, number) in
        try await body(span.traced(options, number: number))
      }.get()
    }
  }

  /// Does not throw: Swift 6.3.1 crashes when it optimizes a loop that both suspends and throws.
  private func attempts<Response: Sendable>(
    _ service: String, _ timeouts: RemoteTimeouts,
    _ body: @Sendable (CallOptions, _ number: Int) async throws -> Response
  ) async -> Result<Response, IntegrationError> {
    let deadline = clock.now() + timeouts.overall
    var attempts = 0
    while true {
      attempts += 1
      switch await attempt(service, attempts, deadline, timeouts.attempt, body) {
      case .answer(let response): return .success(response)
      case .failure(let error): return .failure(error)
      case .again(let delay): await clock.sleep(delay)
      }
    }
  }

  private enum Step<Response: Sendable>: Sendable {
    case answer(Response)
    case failure(IntegrationError)
    /// Another attempt after this time.
    case again(Duration)
  }

  /// Not inlined into the loop, for the same reason.
  @inline(never)
  private func attempt<Response: Sendable>(
    _ service: String, _ number: Int, _ deadline: ContinuousClock.Instant, _ limit: Duration,
    _ body: @Sendable (CallOptions, _ number: Int) async throws -> Response
  ) async -> Step<Response> {
    let now = clock.now()
    if Task.isCancelled { return .failure(.cancelled) }
    guard now < deadline else {
      return .failure(IntegrationError(.unavailable, "\(service) did not answer in time"))
    }
    let (permit, pause) = lock.withLock { (breaker.permit(at: now), breaker.pauseLeft(at: now)) }
    guard let permit else {
      return .failure(
        IntegrationError(
          .unavailable, "\(service) does not answer, and is left alone for a while",
          retryAfter: pause))
    }
    let answered = AnswerMark()
    var options = CallOptions(timeout: min(limit, deadline - now))
    options.onTrailingMetadata = { _ in answered.set() }
    do {
      let response = try await body(options, number)
      succeeded(permit)
      return .answer(response)
    } catch {
      let status = error as? RPCError ?? RPCError(.unknown)
      let failure = RemoteFailure(status: status, isAnswer: answered.isSet)
      return failed(service, failure, permit, number, deadline)
    }
  }

  private func succeeded(_ permit: CircuitBreaker.Permit) {
    let isNews = lock.withLock {
      throttle.succeeded()
      return breaker.answered(permit)
    }
    if isNews { onEvent(.resumed) }
  }

  /// Decides what to do after a failure.
  private func failed<Response: Sendable>(
    _ service: String, _ failure: RemoteFailure, _ permit: CircuitBreaker.Permit, _ number: Int,
    _ deadline: ContinuousClock.Instant
  ) -> Step<Response> {
    if Task.isCancelled {
      lock.withLock { breaker.givenUp(permit, at: clock.now()) }
      return .failure(.cancelled)
    }
    let allowsRetry = count(failure, permit)
    guard failure.isRetryable, allowsRetry, number < policy.maxAttempts,
      let delay = delay(after: number, failure.status.retryAdvice),
      clock.now() + delay < deadline
    else { return .failure(failure.error(of: service)) }
    return .again(delay)
  }

  /// Counts a failure. Returns whether the budget allows another attempt.
  private func count(_ failure: RemoteFailure, _ permit: CircuitBreaker.Permit) -> Bool {
    let now = clock.now()
    let random = clock.random()
    let (allowsRetry, pause, isResumed) = lock.withLock { () -> (Bool, Duration?, Bool) in
      if failure.isRetryable { throttle.failed() }
      guard failure.isOutage else { return (throttle.allowsRetry, nil, breaker.answered(permit)) }
      return (throttle.allowsRetry, breaker.failed(permit, at: now, random: random), false)
    }
    if let pause { onEvent(.paused(pause)) }
    if isResumed { onEvent(.resumed) }
    return allowsRetry
  }

  /// Nil when the server asks for no further attempt.
  private func delay(after failures: Int, _ advice: RetryAdvice) -> Duration? {
    switch advice {
    case .never: nil
    case .after(let delay): delay
    case .none: policy.backoff.delay(afterFailures: failures, random: clock.random())
    }
  }
}

/// Whether a status came from the server.
///
/// `@unchecked Sendable`: `value` is touched inside `lock` only.
private final class AnswerMark: @unchecked Sendable {
  private let lock = Lock()
  private var value = false

  var isSet: Bool { lock.withLock { value } }
  func set() { lock.withLock { value = true } }
}
