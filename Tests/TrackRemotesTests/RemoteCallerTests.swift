import Protobuf
import RPC
import Testing
import TrackDomain

@testable import TrackRemotes

@Suite(.timeLimit(.minutes(2))) struct RemoteCallerTests {
  private let time = FakeTime()
  private let events = Journal<RemoteCaller.Event>()
  private let timeouts = RemoteTimeouts(attempt: .seconds(10), overall: .seconds(20))
  private static let method = MethodDescriptor(service: "the.Service", method: "Do", kind: .unary)

  private func caller(_ change: (inout RemotePolicy) -> Void = { _ in }) -> RemoteCaller {
    var policy = RemotePolicy()
    policy.backoff.jitter = 0
    policy.pause.jitter = 0
    change(&policy)
    return RemoteCaller(policy: policy, clock: time.clock) { [events] in events.append($0) }
  }

  /// Makes a call; each attempt ends with the next status; nil is an answer.
  private func call(
    _ caller: RemoteCaller, _ statuses: [RPCError?], isAnswer: Bool = true,
    attempts: Journal<CallOptions> = Journal()
  ) async -> Result<Int, IntegrationError> {
    do throws(IntegrationError) {
      return .success(
        try await caller.call(Self.method, of: "the service", timeouts) { options in
          attempts.append(options)
          let index = attempts.count - 1
          guard let status = index < statuses.count ? statuses[index] : nil else { return index }
          if isAnswer { options.onTrailingMetadata?(Metadata()) }
          throw status
        })
    } catch {
      return .failure(error)
    }
  }

  @Test func `what is unavailable is tried again after longer and longer pauses`() async {
    let down = RPCError(.unavailable)
    #expect(await call(caller(), [down, down, down]) == .success(3))
    #expect(time.sleeps == [.milliseconds(100), .milliseconds(200), .milliseconds(400)])
  }

  @Test func `it is tried so often and no more`() async {
    let attempts = Journal<CallOptions>()
    let result = await call(
      caller(), .init(repeating: RPCError(.unavailable, "no"), count: 9), attempts: attempts)
    #expect(attempts.count == 4)
    #expect(
      result == .failure(IntegrationError(.unavailable, "the service answered UNAVAILABLE: no")))
  }

  @Test(arguments: StatusCode.allCases.filter { $0 != .ok && $0 != .unavailable })
  func `no other failure is tried again`(code: StatusCode) async {
    let attempts = Journal<CallOptions>()
    let result = await call(caller(), [RPCError(code)], attempts: attempts)
    #expect(attempts.count == 1)
    #expect(time.sleeps.isEmpty)
    guard case .failure(let error) = result else {
      Issue.record("it succeeded")
      return
    }
    #expect(error.message == "the service answered \(code)")
    #expect(error.kind == IntegrationError.Kind(code))
  }

  @Test func `the service says when`() async {
    var info = RetryInfo()
    var delay = Duration_()
    delay.seconds = 3
    info.retryDelay = delay
    let later = RPCError(.unavailable, details: [ErrorDetail(info)])
    #expect(await call(caller(), [later]) == .success(1))
    #expect(time.sleeps == [.seconds(3)])
  }

  @Test func `a pause beyond the deadline is not waited for`() async {
    var info = RetryInfo()
    var delay = Duration_()
    delay.seconds = 20
    info.retryDelay = delay
    let later = RPCError(.unavailable, details: [ErrorDetail(info)])
    let attempts = Journal<CallOptions>()
    _ = await call(caller(), [later], attempts: attempts)
    #expect(attempts.count == 1)
    #expect(time.sleeps.isEmpty)
  }

  @Test func `an attempt has its time, and all together have theirs`() async {
    let attempts = Journal<CallOptions>()
    let time = self.time
    do throws(IntegrationError) {
      try await caller().call(Self.method, of: "the service", timeouts) { options in
        attempts.append(options)
        time.advance(by: .seconds(8))
        throw RPCError(.unavailable)
      }
      Issue.record("it succeeded")
    } catch {
      #expect(error.kind == .unavailable)
    }
    let limits = attempts.all.map { ($0.timeout ?? .zero) / .milliseconds(1) }
    #expect(limits == [10_000, 10_000, 3700])
  }

  @Test func `no attempt is made when there is no time`() async {
    let attempts = Journal<CallOptions>()
    await #expect(throws: IntegrationError.self) {
      try await caller().call(
        Self.method, of: "the service", RemoteTimeouts(attempt: .seconds(1), overall: .seconds(-1))
      ) { attempts.append($0) }
    }
    #expect(attempts.count == 0)
  }

  @Test func `when most calls fail, they are not tried again`() async {
    let caller = caller { $0.maxFailures = .max }
    let attempts = Journal<CallOptions>()
    let down = [RPCError?](repeating: RPCError(.unavailable), count: 1000)
    for _ in 0..<20 { _ = await call(caller, down, attempts: attempts) }
    // The first call takes four of the five retry tokens, the next one takes the last.
    #expect(attempts.count == 4 + 19)
    for _ in 0..<1000 { _ = await call(caller, []) }
    let later = Journal<CallOptions>()
    _ = await call(caller, down, attempts: later)
    #expect(later.count == 4)
  }

  @Test func `only failures that may be tried again are counted against trying again`() async {
    let caller = caller { $0.maxFailures = .max }
    for code in StatusCode.allCases where code != .ok && code != .unavailable {
      for _ in 0..<10 { _ = await call(caller, [RPCError(code)]) }
    }
    #expect(await call(caller, [RPCError(.unavailable)]) == .success(1))
  }

  @Test(arguments: [StatusCode.unavailable, .deadlineExceeded])
  func `after too many failures in a row it is left alone, and probed`(code: StatusCode) async {
    let caller = caller { $0.maxAttempts = 1 }
    let attempts = Journal<CallOptions>()
    let down = [RPCError?](repeating: RPCError(code), count: 9)
    for _ in 0..<100 { _ = await call(caller, down, attempts: attempts) }
    #expect(attempts.count == 8)
    #expect(events.all == [.paused(.seconds(1))])
    time.advance(by: .milliseconds(400))
    // No server was asked: the error says when it makes sense again.
    let leftAlone = await call(caller, down, attempts: attempts)
    guard case .failure(let error) = leftAlone else {
      Issue.record("it succeeded")
      return
    }
    #expect(error.retryAfter == .milliseconds(600))
    time.advance(by: .milliseconds(-400))
    time.advance(by: .seconds(1))
    #expect(await call(caller, down, attempts: attempts) != .success(0))
    #expect(attempts.count == 9)
    #expect(events.all == [.paused(.seconds(1)), .paused(.seconds(2))])
    time.advance(by: .seconds(2))
    #expect(await call(caller, []) == .success(0))
    #expect(events.all.last == .resumed)
  }

  @Test(arguments: [StatusCode.internal, .failedPrecondition, .resourceExhausted, .unknown])
  func `a service that answers is not left alone, whatever it answers`(code: StatusCode) async {
    let caller = caller()
    let attempts = Journal<CallOptions>()
    let wrong = [RPCError?](repeating: RPCError(code), count: 50)
    for _ in 0..<50 { _ = await call(caller, wrong, attempts: attempts) }
    #expect(attempts.count == 50)
    #expect(events.all.isEmpty)
  }

  @Test func `a probe that its caller gives up lets the next one through`() async {
    let caller = caller { $0.maxAttempts = 1 }
    let down = [RPCError?](repeating: RPCError(.unavailable), count: 9)
    for _ in 0..<8 { _ = await call(caller, down) }
    time.advance(by: .seconds(1))
    let timeouts = self.timeouts
    let probe = Task {
      do throws(IntegrationError) {
        try await caller.call(Self.method, of: "the service", timeouts) { _ in
          unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
          throw RPCError(.cancelled)
        }
        return ""
      } catch {
        return error.message
      }
    }
    #expect(await probe.value == IntegrationError.cancelled.message)
    #expect(await call(caller, []) == .success(0))
  }

  @Test(arguments: [
    (StatusCode.unavailable, "the service cannot be reached"),
    (.deadlineExceeded, "the service did not answer in time"),
    (.resourceExhausted, "the service gave an answer that is too large"),
    (.internal, "the service gave an answer that cannot be read"),
    (.permissionDenied, "the service does not let trackd in"),
  ])
  func `what this side has concluded names no detail`(code: StatusCode, text: String) async {
    let status = RPCError(code, "connect: 10.0.0.7:443: Connection refused")
    let result = await call(
      caller { $0.maxAttempts = 1 }, [status], isAnswer: false)
    guard case .failure(let error) = result else {
      Issue.record("it succeeded")
      return
    }
    #expect(error.message == text)
    #expect(error.kind == (code == .permissionDenied ? .accessDenied : .unavailable))
  }

  @Test func `an error that is no status is told without its text`() async {
    struct Secret: Error {}
    do throws(IntegrationError) {
      try await caller().call(Self.method, of: "the service", timeouts) { _ in throw Secret() }
      Issue.record("it succeeded")
    } catch {
      #expect(error.message == "the service gave an answer that cannot be read")
    }
  }
}
