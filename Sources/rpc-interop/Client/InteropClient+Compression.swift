import InteropMessages
import RPC

extension InteropClient {
  private var gzip: CallOptions {
    var options = CallOptions()
    options.encoding = "gzip"
    return options
  }

  func clientCompressedUnary() async throws {
    var request = Self.largeRequest
    request.expectCompressed = BoolValue(true)
    // A server that does not look at it cannot be tested.
    try await expectStatus(.invalidArgument) { try await callUnary(request) }
    try await callUnary(request, options: gzip)
    request.expectCompressed = BoolValue(false)
    try await callUnary(request)
  }

  func serverCompressedUnary() async throws {
    for compressed in [true, false] {
      var request = Self.largeRequest
      request.responseCompressed = BoolValue(compressed)
      let record = CallRecord()
      try await callUnary(request, options: record.options())
      try expectCompressed(record, [compressed])
    }
  }

  func clientCompressedStreaming() async throws {
    try await expectStatus(.invalidArgument) {
      _ = try await tests.streamingInputCall { requests in
        try await requests.write(.init(size: 27_182, expectCompressed: true))
      }
    }
    let response = try await tests.streamingInputCall(options: gzip) { requests in
      try await requests.write(.init(size: 27_182, expectCompressed: true))
      try await requests.write(.init(size: 45_904, expectCompressed: false), isCompressed: false)
    }
    try expectSum(response, 73_086)
  }

  func serverCompressedStreaming() async throws {
    var request = StreamingOutputCallRequest()
    request.responseParameters = [
      ResponseParameters(size: 31_415, compressed: true),
      ResponseParameters(size: 92_653, compressed: false),
    ]
    let record = CallRecord()
    let sizes = try await tests.streamingOutputCall(request, options: record.options()) {
      try await payloadSizes($0)
    }
    try expect(sizes == [31_415, 92_653], "the payloads have \(sizes) bytes")
    try expectCompressed(record, [true, false])
  }

  private func expectCompressed(_ record: CallRecord, _ flags: [Bool]) throws(Failure) {
    let found = record.compressedMessages
    try expect(found == flags, "expected messages compressed: \(flags), they are \(found)")
  }
}

extension StreamingInputCallRequest {
  fileprivate init(size: Int32, expectCompressed: Bool) {
    self.init()
    payload = Payload(zeros: size)
    self.expectCompressed = BoolValue(expectCompressed)
  }
}

extension BoolValue {
  init(_ value: Bool) {
    self.init()
    self.value = value
  }
}
