import EventLoop
import TrackDomain
import TrackMessages
import TrackServices

/// What `DiagnosticsService` tells: the checks of `/readyz`, and parts with which trackd stays
/// ready. It is found out once for all who ask within some seconds.
actor ServerDiagnosis: DiagnosticsSource {
  /// What is younger is told again.
  static let shortestPause = Duration.seconds(2)

  nonisolated let version = ProductVersion.current
  private let began = MonotonicTime.now()
  private let checks: ReadinessChecks
  private let census: StoreCensusTaker
  private let integrations: RunningIntegrations
  private var last: (findings: [DiagnosticFinding], at: MonotonicTime)?
  private var running: Task<[DiagnosticFinding], Never>?

  init(checks: ReadinessChecks, census: StoreCensusTaker, integrations: RunningIntegrations) {
    self.checks = checks
    self.census = census
    self.integrations = integrations
  }

  nonisolated var uptime: Duration { MonotonicTime.now() - began }

  func findings() async -> [DiagnosticFinding] {
    if let last, MonotonicTime.now() - last.at < Self.shortestPause { return last.findings }
    if let running { return await running.value }
    // Not the caller's: it may go while others wait.
    let task = Task { await find() }
    running = task
    let findings = await task.value
    running = nil
    last = (findings, .now())
    return findings
  }

  private nonisolated func find() async -> [DiagnosticFinding] {
    async let remotes = integrations.findings()
    await census.refresh()
    let now = Timestamp(microseconds: WallClock.nowMicroseconds())
    var findings = checks.results.map(DiagnosticFinding.init)
    findings.append(OperationsCheck.finding(census.census, now: now))
    findings.append(RestoreCheck.finding(census.census))
    return findings + (await remotes)
  }
}

extension DiagnosticFinding {
  fileprivate init(_ result: ReadinessChecks.Result) {
    let state: State =
      switch result.state {
      case .ok: .ok
      case .warning: .warning
      case .failed: .failed
      }
    self.init(result.name, state, result.state.reason, advice: result.advice)
  }
}
