import InteropMessages
import RPC

extension InteropClient {
  func customMetadata() async throws {
    let text = "test_initial_metadata_value"
    let octets: [UInt8] = [0xAB, 0xAB, 0xAB]
    var metadata = Metadata()
    try metadata.add(EchoedMetadata.initial, text)
    try metadata.addBinary(EchoedMetadata.trailing, octets)
    let unary = CallRecord()
    try await callUnary(Self.largeRequest, options: unary.options(metadata: metadata))
    let stream = CallRecord()
    try await tests.fullDuplexCall(options: stream.options(metadata: metadata)) {
      requests, responses in
      var request = StreamingOutputCallRequest()
      request.responseParameters = [ResponseParameters(size: Payload.largeResponse)]
      request.payload = Payload(zeros: Payload.largeRequest)
      try await requests.write(request)
      await requests.finish()
      let sizes = try await payloadSizes(responses)
      try expect(sizes == [Payload.largeResponse], "the payloads have \(sizes) bytes")
    }
    for record in [unary, stream] {
      let initial = record.initialMetadata.values(EchoedMetadata.initial)
      try expect(initial == [text], "the initial metadata has \(initial)")
      let trailing = record.trailingMetadata.binaryValues(EchoedMetadata.trailing)
      try expect(trailing == [octets], "the trailing metadata has \(trailing)")
    }
  }

  func statusCodeAndMessage() async throws {
    let status = EchoStatus(.unknown, "test status message")
    try await expectStatus(.unknown, message: status.message) { try await callUnary(status) }
    try await expectStatus(.unknown, message: status.message) {
      try await tests.fullDuplexCall { requests, responses in
        var request = StreamingOutputCallRequest()
        request.responseStatus = status
        try await requests.write(request)
        await requests.finish()
        _ = try await payloadSizes(responses)
      }
    }
  }

  /// White space and characters of all planes in a message.
  func specialStatusMessage() async throws {
    let status = EchoStatus(
      .unknown,
      "\t\ntest with whitespace\r\nand Unicode BMP \u{263A} and non-BMP \u{1F608}\t\n")
    try await expectStatus(.unknown, message: status.message) { try await callUnary(status) }
  }

  func unimplementedMethod() async throws {
    try await expectStatus(.unimplemented) { _ = try await tests.unimplementedCall(Empty()) }
  }

  func unimplementedService() async throws {
    try await expectStatus(.unimplemented) {
      _ = try await unimplemented.unimplementedCall(Empty())
    }
  }

  private func callUnary(_ status: EchoStatus) async throws {
    var request = SimpleRequest()
    request.responseStatus = status
    _ = try await tests.unaryCall(request)
  }
}

extension EchoStatus {
  fileprivate init(_ code: StatusCode, _ message: String) {
    self.init()
    self.code = Int32(code.rawValue)
    self.message = message
  }
}
