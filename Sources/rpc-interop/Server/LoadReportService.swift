import InteropMessages
import Protobuf
import RPC

/// Streams the load that calls of `TestService` have set (gRFC A51, "OOB Metric Reporting").
struct LoadReportService: OpenRcaServiceServer {
  /// Between reports; a client that asks for less or more gets the nearest of these.
  private static let intervals = Duration.seconds(1)...(.seconds(3600))

  let load: ReportedLoad

  func streamCoreMetrics(
    _ request: OrcaLoadReportRequest, responses: ResponseWriter<OrcaLoadReport>,
    context: ServerContext
  ) async throws {
    let asked = request.reportInterval.map {
      Duration.seconds($0.seconds) + .nanoseconds(Int64($0.nanos))
    }
    let shortest = Self.intervals.lowerBound
    let interval = min(max(asked ?? shortest, shortest), Self.intervals.upperBound)
    while true {
      try await responses.write(report(costs: request.requestCostNames))
      try await Task.sleep(for: interval)
    }
  }

  /// - Parameter names: of the costs that are wanted; empty for all.
  private func report(costs names: [String]) -> OrcaLoadReport {
    var report = load.current
    if !names.isEmpty { report.requestCost = report.requestCost.filter { names.contains($0.key) } }
    return report
  }
}
