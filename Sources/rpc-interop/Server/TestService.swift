import EventLoop
import InteropMessages
import Protobuf
import RPC

/// Answers as the requests say (grpc/doc/interop-test-descriptions.md, "Server").
struct TestService: TestServiceServer {
  /// The largest payload that is answered, in bytes: whoever calls chooses the size.
  private static let largestPayload: Int32 = 64 << 20

  /// Reported to clients that watch the load.
  private let load: ReportedLoad
  private let id = "rpc-interop-\(UInt64.random(in: 0 ... .max))"

  init(load: ReportedLoad) { self.load = load }

  func emptyCall(_ request: InteropMessages.Empty, context: ServerContext) async throws
    -> InteropMessages.Empty
  {
    try await echoMetadata(context)
    return InteropMessages.Empty()
  }

  func unaryCall(
    _ request: SimpleRequest, context: ServerContext
  ) async throws -> SimpleResponse {
    try await echoMetadata(context, report: request.orcaPerQueryReport)
    try await check(request.expectCompressed, context)
    try echo(request.responseStatus)
    if let compressed = request.responseCompressed {
      try await encodeResponse(compressed.value, context)
    }
    var response = SimpleResponse()
    response.payload = try payload(request.responseType, size: request.responseSize)
    if request.fillServerId { response.serverId = id }
    return response
  }

  func cacheableUnaryCall(
    _ request: SimpleRequest, context: ServerContext
  ) async throws -> SimpleResponse {
    var metadata = Metadata()
    try metadata.add("cache-control", "max-age=60, public")
    await context.setInitialMetadata(metadata)
    var response = SimpleResponse()
    var payload = Payload()
    payload.body = Array("\(WallClock.nowMicroseconds() * 1000)".utf8)
    response.payload = payload
    return response
  }

  func streamingInputCall(
    _ requests: RequestStream<StreamingInputCallRequest>, context: ServerContext
  ) async throws -> StreamingInputCallResponse {
    try await echoMetadata(context)
    var response = StreamingInputCallResponse()
    for try await request in requests {
      try await check(request.expectCompressed, context)
      let (sum, overflow) = response.aggregatedPayloadSize.addingReportingOverflow(
        Int32(request.payload?.body.count ?? 0))
      guard !overflow else { throw RPCError(.outOfRange, "the payloads are larger than 2 GiB") }
      response.aggregatedPayloadSize = sum
    }
    return response
  }

  func streamingOutputCall(
    _ request: StreamingOutputCallRequest,
    responses: ResponseWriter<StreamingOutputCallResponse>, context: ServerContext
  ) async throws {
    try await echoMetadata(context)
    try echo(request.responseStatus)
    try await offerCompression(for: request, context)
    try await answer(request, responses)
  }

  func fullDuplexCall(
    _ requests: RequestStream<StreamingOutputCallRequest>,
    responses: ResponseWriter<StreamingOutputCallResponse>, context: ServerContext
  ) async throws {
    try await echoMetadata(context)
    for try await request in requests {
      try echo(request.responseStatus)
      try await offerCompression(for: request, context)
      try await answer(request, responses)
    }
  }

  func halfDuplexCall(
    _ requests: RequestStream<StreamingOutputCallRequest>,
    responses: ResponseWriter<StreamingOutputCallResponse>, context: ServerContext
  ) async throws {
    try await echoMetadata(context)
    var kept: [StreamingOutputCallRequest] = []
    for try await var request in requests {
      request.payload = nil
      kept.append(request)
    }
    for request in kept {
      try echo(request.responseStatus)
      try await offerCompression(for: request, context)
      try await answer(request, responses)
    }
  }

  func unimplementedCall(_ request: InteropMessages.Empty, context: ServerContext) async throws
    -> InteropMessages.Empty
  {
    throw RPCError(.unimplemented, "no server implements this method")
  }

  // MARK: Features of the server

  /// - Parameter report: the load of this call, sent with the trailing metadata.
  private func echoMetadata(
    _ context: ServerContext, report: TestOrcaReport? = nil
  ) async throws {
    let received = context.metadata
    if let value = received[EchoedMetadata.initial] {
      var metadata = Metadata()
      try metadata.add(EchoedMetadata.initial, value)
      await context.setInitialMetadata(metadata)
    }
    var trailing = Metadata()
    if let value = received.binaryValues(EchoedMetadata.trailing).first {
      try trailing.addBinary(EchoedMetadata.trailing, value)
    }
    if let report {
      let load = OrcaLoadReport(report)
      try trailing.addBinary(OrcaLoadReport.metadataName, load.serialized())
    }
    await context.setTrailingMetadata(trailing)
  }

  /// Throws the status that a request asks for; OK lets the call go on.
  private func echo(_ status: EchoStatus?) throws(RPCError) {
    guard let status, status.code != 0 else { return }
    let code = UInt8(exactly: status.code).flatMap(StatusCode.init(rawValue:))
    throw RPCError(code ?? .unknown, status.message)
  }

  private func check(_ expected: InteropMessages.BoolValue?, _ context: ServerContext) async throws
  {
    guard let expected else { return }
    guard await context.requestWasCompressed() == expected.value else {
      let wish = expected.value ? "is not compressed" : "is compressed"
      throw RPCError(.invalidArgument, "the request \(wish)")
    }
  }

  private func encodeResponse(_ isCompressed: Bool, _ context: ServerContext) async throws {
    guard isCompressed else {
      _ = await context.encodeResponse(as: "identity")
      return
    }
    if await context.encodeResponse(as: "gzip") { return }
    if await context.encodeResponse(as: "deflate") { return }
    throw RPCError(.failedPrecondition, "the client lists neither gzip nor deflate")
  }

  /// Settles the encoding of a stream before its first message; each message says whether it is in
  /// that encoding.
  private func offerCompression(
    for request: StreamingOutputCallRequest, _ context: ServerContext
  ) async throws {
    guard request.responseParameters.contains(where: { $0.compressed != nil }) else { return }
    _ = await context.encodeResponse(as: "gzip")
  }

  private func answer(
    _ request: StreamingOutputCallRequest,
    _ responses: ResponseWriter<StreamingOutputCallResponse>
  ) async throws {
    if let report = request.orcaOobReport { load.set(OrcaLoadReport(report)) }
    for parameters in request.responseParameters {
      if parameters.intervalUs > 0 {
        try await Task.sleep(for: .microseconds(parameters.intervalUs))
      }
      var response = StreamingOutputCallResponse()
      response.payload = try payload(request.responseType, size: parameters.size)
      try await responses.write(response, isCompressed: parameters.compressed?.value ?? true)
    }
  }

  private func payload(_ type: PayloadType, size: Int32) throws(RPCError) -> Payload {
    guard type == .compressable else {
      throw RPCError(.invalidArgument, "there is no payload of type \(type.rawValue)")
    }
    guard (0...Self.largestPayload).contains(size) else {
      throw RPCError(
        .invalidArgument, "a payload has 0 to \(Self.largestPayload) bytes, not \(size)")
    }
    return Payload(zeros: size)
  }
}
