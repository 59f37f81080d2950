import InteropMessages

extension OrcaLoadReport {
  /// The trailing metadata that has the report of a call (gRFC A51).
  static let metadataName = "endpoint-load-metrics-bin"

  /// The report of which a test's request speaks.
  init(_ report: TestOrcaReport) {
    self.init()
    cpuUtilization = report.cpuUtilization
    memUtilization = report.memoryUtilization
    requestCost = report.requestCost
    utilization = report.utilization
  }
}
