import Protobuf
public import RPC
public import TrackDomain
import TrackMapping
public import TrackMessages

/// `deploymenttrack.v1.DiagnosticsService`: tells how the server is.
public struct DiagnosticsService: DiagnosticsServiceServer {
  private let source: any DiagnosticsSource
  private let access: CallerAccess
  private let now: @Sendable () -> TrackDomain.Timestamp

  /// - Parameters:
  ///   - access: what callers may do.
  ///   - now: the wall clock.
  public init(
    _ source: any DiagnosticsSource, access: CallerAccess,
    now: @escaping @Sendable () -> TrackDomain.Timestamp
  ) {
    self.source = source
    self.access = access
    self.now = now
  }

  public func diagnose(
    _ request: DiagnoseRequest, context: ServerContext
  ) async throws -> DiagnoseResponse {
    var response = DiagnoseResponse()
    response.version = source.version
    if !request.skipChecks {
      if access.access(context).allows(.administer, at: .everywhere) {
        response.uptime = Duration_(source.uptime)
        response.checks = await source.findings().map(DiagnosticCheck.init)
      } else {
        response.checksWithheld =
          DomainError.noRight(to: TrackDomain.Verb.administer, at: .everywhere).message
      }
    }
    response.serverTime = Protobuf.Timestamp(now())
    return response
  }
}

extension DiagnosticCheck {
  fileprivate init(_ finding: DiagnosticFinding) {
    self.init()
    name = finding.name
    state =
      switch finding.state {
      case .ok: .ok
      case .warning: .warning
      case .failed: .failed
      case .unknown: .unknown
      }
    explanation = finding.explanation
    advice = finding.advice
  }
}

extension Duration_ {
  fileprivate init(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    self.init(seconds: seconds, nanos: Int32(attoseconds / 1_000_000_000))
  }
}
