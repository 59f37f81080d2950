import RPC
import Testing
import TrackServices
import Wire

/// A request that the JSON front end refuses itself.
struct BadRequestCase: Sendable, CustomTestStringConvertible {
  let method: String
  let path: String
  let body: String
  let type: String
  let status: Int
  let reason: String

  var testDescription: String { "\(method) \(path) \(type) \(body.prefix(60))" }

  init(
    _ status: Int, _ reason: String, _ method: String, _ path: String, _ body: String = "",
    type: String = "application/json"
  ) {
    self.method = method
    self.path = path
    self.body = body
    self.type = type
    self.status = status
    self.reason = reason
  }

  private static let tracks = "/components/cart/deployment_tracks"

  static let all: [BadRequestCase] = [
    // Paths.
    .init(404, "ROUTE_NOT_FOUND", "GET", "/"), .init(404, "ROUTE_NOT_FOUND", "GET", "/nothing"),
    .init(404, "ROUTE_NOT_FOUND", "GET", "*"), .init(404, "ROUTE_NOT_FOUND", "GET", ""),
    .init(404, "ROUTE_NOT_FOUND", "GET", tracks + "/"),
    .init(404, "ROUTE_NOT_FOUND", "GET", "//components/cart/deployment_tracks"),
    .init(404, "ROUTE_NOT_FOUND", "GET", "/components//deployment_tracks"),
    .init(404, "ROUTE_NOT_FOUND", "GET", "/Components/cart/deployment_tracks"),
    .init(404, "ROUTE_NOT_FOUND", "GET", "/components/cart/deployment_tracks/a/b/c/d"),
    .init(400, "INVALID_URL", "GET", "/projects/%"),
    .init(400, "INVALID_URL", "GET", "/projects/%4"),
    .init(400, "INVALID_URL", "GET", "/projects/%zz"),
    .init(400, "INVALID_URL", "GET", "/projects/%ff"),
    .init(400, "INVALID_URL", "GET", "/projects/%c0%af"),
    .init(400, "INVALID_URL", "GET", "/projects/é"),
    .init(400, "INVALID_URL", "GET", tracks + "?filter=%"),
    // Methods.
    .init(405, "METHOD_NOT_ALLOWED", "PATCH", tracks + "/t1"),
    .init(405, "METHOD_NOT_ALLOWED", "DELETE", tracks),
    .init(405, "METHOD_NOT_ALLOWED", "get", tracks),
    .init(405, "METHOD_NOT_ALLOWED", "OPTIONS", "/organizations"),
    // Parameters.
    .init(400, "INVALID_PARAMETER", "GET", tracks + "?nonsense=1"),
    .init(400, "INVALID_PARAMETER", "GET", tracks + "?page_size=many"),
    .init(400, "INVALID_PARAMETER", "GET", tracks + "?page_size=99999999999"),
    .init(400, "INVALID_PARAMETER", "GET", tracks + "?page_size="),
    .init(400, "INVALID_PARAMETER", "GET", tracks + "?page_size=1&page_size=2"),
    .init(400, "INVALID_PARAMETER", "DELETE", tracks + "/t1?force=1"),
    .init(400, "INVALID_PARAMETER", "DELETE", tracks + "/t1?force"),
    .init(400, "INVALID_PARAMETER", "POST", tracks + "?description=x", "{}"),
    .init(400, "INVALID_BODY", "GET", tracks + "?component_id=other"),
    // Bodies.
    .init(400, "INVALID_BODY", "GET", tracks, "{}"),
    .init(400, "INVALID_BODY", "DELETE", tracks + "/t1", "{}"),
    .init(400, "INVALID_BODY", "POST", tracks, "[]"),
    .init(400, "INVALID_BODY", "POST", tracks, "{"),
    .init(400, "INVALID_BODY", "POST", tracks, "{}{}"),
    .init(400, "INVALID_BODY", "POST", tracks, "null"),
    .init(400, "INVALID_BODY", "POST", tracks, #"{"nonsense":1}"#),
    .init(400, "INVALID_BODY", "POST", tracks, #"{"branch":1}"#),
    .init(400, "INVALID_BODY", "POST", tracks, #"{"auto_deploy_enabled":"true"}"#),
    .init(400, "INVALID_BODY", "POST", tracks, #"{"id":"a","id":"a"}"#),
    .init(400, "INVALID_BODY", "POST", tracks, #"{"id":"\ud800"}"#),
    .init(400, "INVALID_BODY", "POST", tracks, #"{"component_id":"other"}"#),
    .init(400, "INVALID_BODY", "PUT", "/projects/shop", #"{"project":{"id":"other"}}"#),
    .init(400, "INVALID_BODY", "PUT", tracks + "/t1", #"{"update_mask":"branch"}"#),
    .init(400, "INVALID_BODY", "PUT", tracks + "/t1", #"{"nonsense":true}"#),
    .init(400, "INVALID_BODY", "PUT", tracks + "/t1", #"{"\"":true}"#),
    .init(400, "INVALID_BODY", "PUT", tracks + "/t1", #"{"latest":1}"#),
    .init(400, "INVALID_BODY", "PUT", tracks + "/t1", #"{"deployment_track":[]}"#),
    .init(400, "INVALID_BODY", "PUT", tracks + "/t1", #"{"deployment_track":{"nonsense":1}}"#),
    .init(400, "INVALID_BODY", "PUT", tracks + "/t1", #"{"deployment_track":{},"branch":"b"}"#),
    .init(
      400, "INVALID_BODY", "PUT", tracks + "/t1", #"{"deployment_track":{"component_id":"other"}}"#),
    // More elements than a message may have.
    .init(
      400, "INVALID_BODY", "PUT", tracks + "/t1/configs",
      #"{"endpoints":[\#([String](repeating: "{}", count: 20_001).joined(separator: ","))]}"#),
    .init(
      400, "INVALID_BODY", "PUT", tracks + "/t1/configs",
      String(repeating: #"{"api_settings":"#, count: 1000)),
    // Content types.
    .init(415, "UNSUPPORTED_BODY", "POST", tracks, "{}", type: ""),
    .init(415, "UNSUPPORTED_BODY", "POST", tracks, "{}", type: "text/plain"),
    .init(415, "UNSUPPORTED_BODY", "POST", tracks, "{}", type: "application/jsonp"),
    .init(415, "UNSUPPORTED_BODY", "POST", tracks, "{}", type: "application/json; charset=latin1"),
    .init(415, "UNSUPPORTED_BODY", "POST", tracks, "{}", type: "app lication/json"),
    .init(415, "UNSUPPORTED_BODY", "POST", tracks, "{}", type: "\"application/json\""),
    .init(415, "UNSUPPORTED_BODY", "POST", tracks, "{}", type: "text/plain;application/json"),
    .init(415, "UNSUPPORTED_BODY", "POST", tracks, "{}", type: "application/json, text/plain"),
    .init(
      415, "UNSUPPORTED_BODY", "POST", tracks, "{}", type: "application/x-www-form-urlencoded"),
    .init(415, "UNSUPPORTED_BODY", "PUT", tracks + "/t1", "{}", type: "multipart/form-data"),
    .init(415, "UNSUPPORTED_BODY", "DELETE", tracks + "/t1", "{}", type: "text/plain"),
    .init(415, "UNSUPPORTED_BODY", "DELETE", tracks + "/t1", "{}", type: ""),
  ]
}

@Suite("What JSON routes refuse", .timeLimit(.minutes(2)))
struct JSONRefusalTests {
  @Test(arguments: BadRequestCase.all)
  func `a bad request has its answer`(bad: BadRequestCase) async throws {
    try await JSONServer.run { server in
      let response = await server.send(bad.method, bad.path, bad.body, type: bad.type)
      #expect(response.status == bad.status, "\(response.body)")
      #expect(response.body.contains(#""reason":"\#(bad.reason)""#), "\(response.body)")
      #expect(response.headers["content-type"] == "application/json")
      if bad.status == 405 { #expect(response.headers["allow"]?.isEmpty == false) }
    }
  }

  @Test(arguments: [
    "application/json", "application/json; charset=utf-8", "Application/JSON;charset=\"UTF-8\"",
    " application/json ;\tcharset=UTF-8;", "application/json; profile=x",
  ])
  func `JSON is told by its content type`(type: String) async throws {
    try await JSONServer.run { server in
      let path = "/components/cart/deployment_tracks"
      #expect(await server.send("POST", path, "{}", type: type).status == 200)
    }
  }

  @Test func `a compressed body is refused`() async throws {
    try await JSONServer.run { server in
      let response = await server.send(
        "POST", "/components/cart/deployment_tracks", "{}", headers: ["content-encoding": "gzip"])
      #expect(response.status == 415)
    }
  }

  @Test func `a path says which methods it has`() async throws {
    try await JSONServer.run { server in
      let response = await server.send("PATCH", "/components/cart/deployment_tracks/t1", "{}")
      #expect(response.headers["allow"] == "GET, PUT, DELETE, HEAD")
    }
  }

  @Test(arguments: [
    (HTTPRefusal.bodyTooLarge(limit: 7), 413, "BODY_TOO_LARGE"),
    (.bodyTooSlow, 408, "BODY_TOO_SLOW"), (.overloaded, 503, "OVERLOADED"),
    (.originNotAllowed("https://evil.example"), 403, "https://evil.example"),
    (.originNotAllowed("null"), 403, "ORIGIN_NOT_ALLOWED"),
    (.originNotAllowed("null"), 403, "--cors-origin"),
    (.hostNotAllowed("evil.example"), 403, "evil.example"),
    (.hostNotAllowed("evil.example"), 403, "--allowed-hosts"),
    (.hostNotAllowed(""), 403, "HOST_NOT_ALLOWED"),
  ])
  func `what the server refuses is JSON too`(refusal: HTTPRefusal, status: Int, reason: String) {
    let response = JSONRoutes().response(to: refusal)
    #expect(response.status == status)
    #expect(String(decoding: response.body, as: UTF8.self).contains(reason))
  }
}
