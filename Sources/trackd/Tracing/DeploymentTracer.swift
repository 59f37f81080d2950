import EventLoop
import Telemetry
import TrackController
import TrackStoreSQL

/// Has the steps of a deployment be spans of the call that asked for it, whichever process takes
/// them: the trace is kept with the operation.
///
/// `@unchecked Sendable`: everything is touched under the lock only.
final class DeploymentTracer: @unchecked Sendable {
  private struct Followed {
    let context: TraceContext
    /// When the step under way began.
    var since: Int64
  }

  private static let most = 10_000

  private let recorder: any SpanRecorder
  private let lock = Lock()
  private var followed: [String: Followed] = [:]

  init(_ recorder: any SpanRecorder) { self.recorder = recorder }

  /// A deployment was accepted, or was found unfinished at the start.
  func begun(_ operation: TracedOperation) {
    guard let context = TraceContext(traceparent: operation.traceparent.utf8), context.isSampled
    else { return }
    lock.withLock {
      // What was cancelled or superseded has no end here.
      if followed.count >= Self.most,
        let oldest = followed.min(by: { $0.value.since < $1.value.since })
      {
        followed[oldest.key] = nil
      }
      followed[operation.id] = Followed(context: context, since: recorder.now)
    }
  }

  /// A step has ended.
  func observe(_ boundary: StepBoundary, _ id: String) {
    let now = recorder.now
    let step: (name: String, followed: Followed)? = lock.withLock {
      guard let one = followed[id], let name = Self.name(boundary) else { return nil }
      followed[id] = boundary == .recorded ? nil : Followed(context: one.context, since: now)
      return (name, one)
    }
    guard let step else { return }
    var span = Span(
      step.name, .internal, step.followed.context.child,
      parentID: step.followed.context.spanID, start: step.followed.since, end: now)
    span.attributes = [("trackd.deployment", .text(id))]
    recorder.record(span)
  }

  /// The span that ends with a boundary.
  private static func name(_ boundary: StepBoundary) -> String? {
    switch boundary {
    case .accepted: nil
    case .leased: "Deployment.wait"
    case .committed: "Deployment.commit"
    case .pushed: "Deployment.push"
    case .recorded: "Deployment.record"
    }
  }
}
