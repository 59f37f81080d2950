import InteropMessages
import Protobuf
import RPC

extension InteropClient {
  func orcaPerRPC() async throws {
    var load = TestOrcaReport(cpu: 0.8210, memory: 0.5847, utilization: 0.30499)
    load.requestCost = ["cost": 3456.32]
    var request = SimpleRequest()
    request.orcaPerQueryReport = load
    let record = CallRecord()
    _ = try await tests.unaryCall(request, options: record.options())
    let values = record.trailingMetadata.binaryValues(OrcaLoadReport.metadataName)
    let reports = try values.map { try OrcaLoadReport(serialized: $0) }
    try expect(reports == [OrcaLoadReport(load)], "the trailing metadata has \(reports)")
  }

  func orcaOOB() async throws {
    var request = OrcaLoadReportRequest()
    var interval = Duration_()
    interval.seconds = 1
    request.reportInterval = interval
    try await loads.streamCoreMetrics(request, options: CallOptions(timeout: .seconds(30))) {
      reports in
      var received = reports.makeAsyncIterator()
      try await tests.fullDuplexCall { requests, responses in
        var answers = responses.makeAsyncIterator()
        for load in Self.loads {
          var request = StreamingOutputCallRequest()
          request.orcaOobReport = load
          request.responseParameters = [ResponseParameters(size: 1)]
          try await requests.write(request)
          try expect(try await answers.next() != nil, "there is no response")
          // At the end of the time limit the stream throws.
          while try await received.next() != OrcaLoadReport(load) {}
        }
        await requests.finish()
        try expect(try await answers.next() == nil, "there are more than two responses")
      }
    }
  }

  private static let loads = [
    TestOrcaReport(cpu: 0.8210, memory: 0.5847, utilization: 0.30499),
    TestOrcaReport(cpu: 0.29309, memory: 0.2, utilization: 0.2039),
  ]
}

extension TestOrcaReport {
  fileprivate init(cpu: Double, memory: Double, utilization: Double) {
    self.init()
    cpuUtilization = cpu
    memoryUtilization = memory
    self.utilization = ["util": utilization]
  }
}
