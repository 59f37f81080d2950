/// Callbacks for the calls of a client and for their attempts: metrics, traces.
///
/// Called on the thread of the client's executor; must be cheap and must not wait.
public protocol ClientCallObserver: Sendable {
  /// A stream was asked for: the first of the call, or another one after a failure.
  func attemptStarted(_ method: MethodDescriptor)
  /// Called once for each attempt that was started, before `callEnded`.
  func attemptEnded(_ summary: ClientCallSummary)
  /// Called once for each call, with the time and the bytes of all its attempts.
  func callEnded(_ summary: ClientCallSummary)
}

/// How a call of a client went, or one attempt of it.
public struct ClientCallSummary: Sendable {
  public let method: MethodDescriptor
  public let code: StatusCode
  public let duration: Duration
  /// Bytes of messages, compressed where they are, without their frames.
  public let bytesSent: Int
  public let bytesReceived: Int
}

/// What a call keeps for its client's observer. Confined to the call's executor.
struct ClientCallTally {
  private struct Part {
    let began: ContinuousClock.Instant
    var sent = 0
    var received = 0

    func summary(
      _ method: MethodDescriptor, _ code: StatusCode, at now: ContinuousClock.Instant
    ) -> ClientCallSummary {
      ClientCallSummary(
        method: method, code: code, duration: now - began, bytesSent: sent,
        bytesReceived: received)
    }
  }

  private let observer: any ClientCallObserver
  private let method: MethodDescriptor
  private var call: Part
  private var attempt: Part?

  init(_ observer: any ClientCallObserver, _ method: MethodDescriptor, _ executor: any CallExecutor)
  {
    self.observer = observer
    self.method = method
    call = Part(began: executor.currentInstant)
  }

  mutating func attemptStarted(at now: ContinuousClock.Instant) {
    attempt = Part(began: now)
    observer.attemptStarted(method)
  }

  /// Without effect between two attempts.
  mutating func attemptEnded(_ code: StatusCode, at now: ContinuousClock.Instant) {
    guard let ended = attempt else { return }
    attempt = nil
    observer.attemptEnded(ended.summary(method, code, at: now))
  }

  /// After its last attempt.
  func callEnded(_ code: StatusCode, at now: ContinuousClock.Instant) {
    observer.callEnded(call.summary(method, code, at: now))
  }

  mutating func sent(_ frame: [UInt8]) {
    let bytes = frame.count - MessageFrame.prefixSize
    call.sent += bytes
    attempt?.sent += bytes
  }

  /// - Parameter messages: how many of the bytes' frames are complete.
  mutating func received(_ bytes: Int, messages: Int) {
    let bytes = bytes - messages * MessageFrame.prefixSize
    call.received += bytes
    attempt?.received += bytes
  }
}
