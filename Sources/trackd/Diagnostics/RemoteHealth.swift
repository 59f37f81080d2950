import EventLoop
import RPC
import RPCHTTP2
import TrackRemotes
import TrackServices

/// What was last heard of the remote service at one address: for `DiagnosticsService`. Any thread.
///
/// `@unchecked Sendable`: `record` is touched under the lock only.
final class RemoteHealth: @unchecked Sendable {
  /// Pure: callers pass the time.
  struct Record {
    private struct Mark {
      let text: String
      let at: MonotonicTime
    }

    private var pausedUntil: MonotonicTime?
    private var answeredAt: MonotonicTime?
    private var failedCall: Mark?
    private var trouble: Mark?

    mutating func note(_ event: RemoteServer.Event, at now: MonotonicTime) {
      switch event {
      case .connected: trouble = nil
      case .unreachable(let reason): trouble = Mark(text: reason, at: now)
      case .disconnected: break
      case .paused(let pause): pausedUntil = now + pause
      case .resumed: pausedUntil = nil
      }
    }

    mutating func note(_ code: StatusCode, at now: MonotonicTime) {
      switch code {
      case .cancelled: break
      case .ok, .invalidArgument, .notFound, .alreadyExists, .failedPrecondition, .aborted,
        .outOfRange:
        answeredAt = now
        failedCall = nil
      case .unknown, .deadlineExceeded, .permissionDenied, .resourceExhausted, .unimplemented,
        .internal, .unavailable, .dataLoss, .unauthenticated:
        failedCall = Mark(text: "\(code)", at: now)
      }
    }

    /// - Parameters:
    ///   - name: the integration's.
    ///   - address: where it is, as the flag says.
    ///   - connectivity: of the channel now, after it was asked to connect.
    func finding(
      _ name: String, at address: String, _ connectivity: ChannelInfo.Connectivity,
      now: MonotonicTime
    ) -> DiagnosticFinding {
      let place = "the service at \(address)"
      if let pausedUntil, pausedUntil > now {
        return DiagnosticFinding(
          name, .failed,
          "\(place) does not answer, and is left alone for \(AgeText.text(pausedUntil - now))"
            + lastCall(now),
          advice: advice)
      }
      switch connectivity {
      case .transientFailure:
        let reason = trouble.map { ": \($0.text)" } ?? ""
        return DiagnosticFinding(
          name, .failed, "\(place) cannot be reached\(reason)\(lastCall(now))", advice: advice)
      case .idle, .connecting, .shutdown:
        return DiagnosticFinding(
          name, .unknown, "\(place) is not connected yet\(lastCall(now))",
          advice: "ask again in some seconds")
      case .ready:
        guard failedCall == nil else {
          return DiagnosticFinding(
            name, .warning, "\(place) is connected\(lastCall(now))",
            advice: "see the log of the service, and what trackd's log says of it")
        }
        return DiagnosticFinding(name, .ok, "\(place) is connected\(lastCall(now))")
      }
    }

    private var advice: String {
      "see that the service runs there and that trackd's machine reaches it; trackd tries again by "
        + "itself"
    }

    private func lastCall(_ now: MonotonicTime) -> String {
      if let failedCall {
        return "; the last call failed \(AgeText.ago(now - failedCall.at)): \(failedCall.text)"
      }
      if let answeredAt { return "; the last call was answered \(AgeText.ago(now - answeredAt))" }
      return "; it was not called yet"
    }
  }

  private let lock = Lock()
  private var record = Record()

  func note(_ event: RemoteServer.Event) { lock.withLock { record.note(event, at: .now()) } }

  /// - Parameter observer: is told of each call, too.
  func observer(before observer: any ClientCallObserver) -> any ClientCallObserver {
    Observer(health: self, next: observer)
  }

  /// Has the channel connect, if it does not, and waits a moment for what becomes of it.
  func finding(_ name: String, at address: String, _ channel: HTTP2Channel) async
    -> DiagnosticFinding
  {
    let connectivity = await Self.connected(channel)
    return lock.withLock { record }.finding(name, at: address, connectivity, now: .now())
  }

  private static let patience = Duration.seconds(1)

  private static func connected(_ channel: HTTP2Channel) async -> ChannelInfo.Connectivity {
    channel.connect()
    return await withTaskGroup(of: ChannelInfo.Connectivity?.self) { group in
      group.addTask {
        var state = await channel.state
        while state == .idle || state == .connecting, !Task.isCancelled {
          state = await channel.waitForStateChange(from: state)
        }
        return state
      }
      group.addTask {
        try? await Task.sleep(for: patience)
        return nil
      }
      let first = await group.next() ?? nil
      group.cancelAll()
      if let first { return first }
      return await group.next().flatMap { $0 } ?? .connecting
    }
  }

  private struct Observer: ClientCallObserver {
    let health: RemoteHealth
    let next: any ClientCallObserver

    func attemptStarted(_ method: MethodDescriptor) { next.attemptStarted(method) }
    func attemptEnded(_ summary: ClientCallSummary) { next.attemptEnded(summary) }

    func callEnded(_ summary: ClientCallSummary) {
      health.lock.withLock { health.record.note(summary.code, at: .now()) }
      next.callEnded(summary)
    }
  }
}
