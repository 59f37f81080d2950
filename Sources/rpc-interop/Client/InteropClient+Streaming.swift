import InteropMessages
import RPC

extension InteropClient {
  /// The sizes of payloads in bytes that the cases of streams share.
  private static let requestSizes: [Int32] = [27_182, 8, 1_828, 45_904]
  private static let responseSizes: [Int32] = [31_415, 9, 2_653, 58_979]

  func clientStreaming() async throws {
    let response = try await tests.streamingInputCall { requests in
      for size in Self.requestSizes {
        var request = StreamingInputCallRequest()
        request.payload = Payload(zeros: size)
        try await requests.write(request)
      }
    }
    try expectSum(response, Self.requestSizes.reduce(0, +))
  }

  func serverStreaming() async throws {
    var request = StreamingOutputCallRequest()
    request.responseParameters = Self.responseSizes.map { ResponseParameters(size: $0) }
    let sizes = try await tests.streamingOutputCall(request) { try await payloadSizes($0) }
    try expect(sizes == Self.responseSizes, "the payloads have \(sizes) bytes")
  }

  func pingPong() async throws {
    try await tests.fullDuplexCall { requests, responses in
      var received = responses.makeAsyncIterator()
      for (requestSize, responseSize) in zip(Self.requestSizes, Self.responseSizes) {
        var request = StreamingOutputCallRequest()
        request.responseParameters = [ResponseParameters(size: responseSize)]
        request.payload = Payload(zeros: requestSize)
        try await requests.write(request)
        let size = try await received.next()?.payload?.body.count
        try expect(size == Int(responseSize), "a payload has \(size ?? 0) bytes")
      }
      await requests.finish()
      try expect(try await received.next() == nil, "there are more than four responses")
    }
  }

  func emptyStream() async throws {
    try await tests.fullDuplexCall { requests, responses in
      await requests.finish()
      let sizes = try await payloadSizes(responses)
      try expect(sizes.isEmpty, "there are \(sizes.count) responses to no request")
    }
  }

  func expectSum(_ response: StreamingInputCallResponse, _ size: Int32) throws(Failure) {
    try expect(
      response.aggregatedPayloadSize == size,
      "expected a sum of \(size) bytes, it is \(response.aggregatedPayloadSize)")
  }

  /// The sizes of the payloads in bytes, when all have come.
  func payloadSizes(
    _ responses: ResponseStream<StreamingOutputCallResponse>
  ) async throws -> [Int32] {
    var sizes: [Int32] = []
    for try await response in responses { sizes.append(Int32(response.payload?.body.count ?? 0)) }
    return sizes
  }
}

extension ResponseParameters {
  init(size: Int32, compressed: Bool? = nil) {
    self.init()
    self.size = size
    self.compressed = compressed.map { BoolValue($0) }
  }
}
