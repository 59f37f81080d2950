import Protobuf
import RPC
import RPCInProcess
import TrackMessages
import TrackServices
import Wire

/// The JSON routes, in memory, over methods that answer with their requests.
struct JSONServer {
  let client: any ClientTransport

  /// The answer of GetDeploymentTrack.
  static let stored: DeploymentTrack = {
    var track = DeploymentTrack()
    track.id = "t1"
    track.componentId = "cart"
    track.apiVersion = "v1.0"
    track.versionStrategy = .majorMinor
    track.branch = "50%"
    track.latest = true
    var endpoint = Endpoint()
    endpoint.name = "api"
    endpoint.port = 8080
    track.endpoints = [endpoint]
    track.configRevision = 2
    track.etag = "\"3\""
    track.createdAt = Timestamp()
    track.createdAt?.seconds = 5
    track.createdBy = "ada"
    return track
  }()

  struct Response: Sendable {
    var status = 0
    var headers: [String: String] = [:]
    var body = ""
  }

  static func run(_ body: (JSONServer) async throws -> Void) async throws {
    let loop = InProcessLoop()
    defer { loop.shutdown() }
    let transport = InProcessTransport(executor: loop)
    let server = RPCServer(
      transports: [transport.server], services: [EchoingService()], httpHandler: JSONRoutes())
    async let serving: Void = server.serve()
    try await body(JSONServer(client: transport.client))
    server.beginGracefulShutdown()
    try await serving
  }

  /// - Parameter type: the content-type; empty for none.
  func send(
    _ method: String, _ path: String, _ body: String = "", type: String = "application/json",
    headers: HeaderFields = [:]
  ) async -> Response {
    var head: HeaderFields = [
      ":method": method, ":scheme": "http", ":path": path, ":authority": "test",
    ]
    if !type.isEmpty { head.append("content-type", type) }
    for field in headers { head.append(headers.bytes[field.name], headers.bytes[field.value]) }
    return await Exchange(client).run(head, Array(body.utf8))
  }
}

/// Sendable because its `var`s are touched on the loop's thread only.
private final class Exchange: StreamReceiver, @unchecked Sendable {
  private let client: any ClientTransport
  private var stream: (any TransportStream)?
  private var response = JSONServer.Response()
  private var waiter: CheckedContinuation<JSONServer.Response, Never>?
  private var bytes: [UInt8] = []

  init(_ client: any ClientTransport) { self.client = client }

  func run(_ head: HeaderFields, _ body: [UInt8]) async -> JSONServer.Response {
    await withCheckedContinuation { continuation in
      client.executor.execute {
        self.waiter = continuation
        let stream = self.client.openStream(head: head, endStream: body.isEmpty, receiver: self)
        self.stream = stream
        guard !body.isEmpty else { return }
        stream.send(body)
        stream.sendEnd()
      }
    }
  }

  func receivedHeaders(_ fields: HeaderFields, endStream: Bool) {
    for field in fields {
      response.headers[String(decoding: fields.bytes[field.name], as: UTF8.self)] =
        String(decoding: fields.bytes[field.value], as: UTF8.self)
    }
    response.status = response.headers[":status"].flatMap { Int($0) } ?? 0
  }

  func received(_ span: RawSpan, endStream: Bool) {
    unsafe span.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    stream?.consumed(span.byteCount)
  }

  func receivedTrailers(_ fields: HeaderFields) {}
  func writable() {}
  func timerFired() {}

  func closed(_ reason: StreamCloseReason) {
    response.body = String(decoding: bytes, as: UTF8.self)
    waiter?.resume(returning: response)
    waiter = nil
  }
}

/// Methods whose replies contain the JSON of the request, in a field that can hold a text.
private struct EchoingService: RegistrableService {
  func register(in router: inout Router) {
    router.unary(DeploymentTrackServiceMethods.createDeploymentTrack) {
      (request: CreateDeploymentTrackRequest, context) -> CreateDeploymentTrackResponse in
      if request.description == "fail" { throw Self.error }
      var response = CreateDeploymentTrackResponse()
      response.deploymentTrack = try Self.track(request)
      response.deploymentTrack?.createdBy = context.metadata["trackd-actor"] ?? ""
      return response
    }
    router.unary(DeploymentTrackServiceMethods.getDeploymentTrack) {
      (request: GetDeploymentTrackRequest, _) -> GetDeploymentTrackResponse in
      var response = GetDeploymentTrackResponse()
      response.deploymentTrack = JSONServer.stored
      return response
    }
    router.unary(DeploymentTrackServiceMethods.updateDeploymentTrack) {
      (request: UpdateDeploymentTrackRequest, _) -> UpdateDeploymentTrackResponse in
      var response = UpdateDeploymentTrackResponse()
      response.deploymentTrack = try Self.track(request)
      return response
    }
    router.unary(DeploymentTrackServiceMethods.deleteDeploymentTrack) {
      (request: DeleteDeploymentTrackRequest, _) -> DeleteDeploymentTrackResponse in
      var response = DeleteDeploymentTrackResponse()
      response.latestDeploymentTrackId = try request.jsonString()
      return response
    }
    router.unary(DeploymentTrackServiceMethods.listDeploymentTracks) {
      (request: ListDeploymentTracksRequest, _) -> ListDeploymentTracksResponse in
      var response = ListDeploymentTracksResponse()
      response.nextPageToken = try request.jsonString()
      return response
    }
    router.unary(CatalogServiceMethods.putProject) {
      (request: PutProjectRequest, _) -> PutProjectResponse in
      var response = PutProjectResponse()
      response.project = request.project
      return response
    }
  }

  private static func track(_ request: some Message) throws -> DeploymentTrack {
    var track = DeploymentTrack()
    track.description = try request.jsonString()
    return track
  }

  private static var error: RPCError {
    var info = ErrorInfo()
    info.reason = "SOME_REASON"
    var violation = BadRequest.FieldViolation()
    violation.field = "id"
    violation.description = "\"no\""
    var request = BadRequest()
    request.fieldViolations = [violation]
    var delay = Duration_()
    delay.seconds = 2
    delay.nanos = 1
    var retry = RetryInfo()
    retry.retryDelay = delay
    return RPCError(
      .unavailable, "try\nlater",
      details: [
        ErrorDetail(info), ErrorDetail(request), ErrorDetail(retry),
        ErrorDetail(typeURL: "type.googleapis.com/unknown.Type", value: [1]),
      ])
  }
}
