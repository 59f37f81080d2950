import RPC
import Testing
import TrackServices
import Wire

@Suite("JSON routes", .timeLimit(.minutes(2)))
struct JSONRoutesTests {
  private static let tracks = "/components/cart/deployment_tracks"
  private static let track = tracks + "/t1"

  /// The request that the method got, which `EchoingService` puts into its reply.
  private func echoed(_ response: JSONServer.Response) -> String {
    response.body.replacing("\\\"", with: "\"")
  }

  @Test func `the path, the body and the header fields make the request`() async throws {
    try await JSONServer.run { server in
      let response = await server.send(
        "POST", Self.tracks, #"{"api_version":"v1.0","branch":"a%2Fb","auto_deploy_enabled":true}"#,
        headers: ["trackd-actor": "bob"])
      #expect(response.status == 200)
      #expect(response.headers["content-type"] == "application/json")
      #expect(response.headers["content-length"] == "\(response.body.utf8.count)")
      let expected =
        #"{"component_id":"cart","apiVersion":"v1.0","branch":"a%2Fb","auto_deploy_enabled":true}"#
      #expect(echoed(response).contains(expected))
      #expect(response.body.contains(#""created_by":"bob""#))
      // Empty fields are in the answer, too.
      #expect(response.body.contains(#""latest":false,"endpoints":[]"#))
    }
  }

  @Test func `both spellings of the version are taken, not both at once`() async throws {
    try await JSONServer.run { server in
      let response = await server.send("POST", Self.tracks, #"{"apiVersion":"v1.0"}"#)
      #expect(echoed(response).contains(#""apiVersion":"v1.0""#))
      let both = await server.send(
        "POST", Self.tracks, #"{"apiVersion":"v1.0","api_version":"v1.0"}"#)
      #expect(both.status == 400)
    }
  }

  @Test(arguments: [
    (#"{"description":"x"}"#, #""description":"x","update_mask":"description"}"#),
    (#"{"branch":""}"#, #""branch":"","update_mask":"branch"}"#),
    (
      #"{"description":null,"auto_deploy_enabled":false,"etag":"e","component_id":"cart"}"#,
      #""auto_deploy_enabled":false,"etag":"e","update_mask":"description,autoDeployEnabled"}"#
    ),
    (#"{"validate_only":true}"#, #""deployment_track_id":"t1","validate_only":true}"#),
    ("{}", #""deployment_track_id":"t1"}"#), ("", #""deployment_track_id":"t1"}"#),
  ])
  func `the members of a PUT are its update mask`(body: String, request: String) async throws {
    try await JSONServer.run { server in
      let response = await server.send("PUT", Self.track, body)
      #expect(response.status == 200)
      #expect(echoed(response).contains(request), "\(response.body)")
    }
  }

  @Test(arguments: [true, false])
  func `a PUT takes what a GET answered`(isWrapped: Bool) async throws {
    try await JSONServer.run { server in
      var body = await server.send("GET", Self.track, type: "").body
      let end = #","active_deployments":[]}"#
      #expect(body.hasSuffix(end))
      if !isWrapped {
        body = String(body.dropFirst(#"{"deployment_track":"#.count).dropLast(end.count))
      }
      let response = await server.send("PUT", Self.track, body)
      #expect(response.status == 200, "\(response.body)")
      let request = #""component_id":"cart","deployment_track_id":"t1","branch":"50%","#
      #expect(echoed(response).contains(request))
      #expect(echoed(response).contains(#""update_mask":"branch,description,autoDeployEnabled"}"#))
      #expect(response.body.contains(#"\"etag\":\"\\\"3\\\"\""#))
    }
  }

  private static let changed = [
    ("id", #""t2""#), ("apiVersion", #""v1.1""#), ("api_version", #""v1.1""#),
    ("version_strategy", #""VERSION_STRATEGY_UNSPECIFIED""#), ("latest", "false"),
    ("endpoints", "[]"), ("config_revision", "3"), ("created_at", "null"),
    ("created_at", #""1970-01-01T00:00:06Z""#), ("updated_at", #""1970-01-01T00:00:05Z""#),
    ("created_by", #""bob""#),
  ]

  @Test(arguments: changed)
  func `what nobody can change has to be as it is`(field: String, value: String) async throws {
    try await JSONServer.run { server in
      for body in [
        #"{"\#(field)":\#(value)}"#, #"{"deployment_track":{"\#(field)":\#(value)}}"#,
        #"{"\#(field)":\#(value),"etag":"\"3\""}"#,
      ] {
        let response = await server.send("PUT", Self.track, body)
        #expect(response.status == 400, "\(body)")
        #expect(response.body.contains(#""reason":"IMMUTABLE_FIELD""#))
        #expect(response.body.contains(#""field":"\#(field)""#))
      }
      // A caller with an outdated etag gets the error of the method.
      let other = await server.send(
        "PUT", Self.track, #"{"\#(field)":\#(value),"etag":"\"2\""}"#)
      #expect(other.status == 200)
    }
  }

  @Test(arguments: [
    ("?page_size=5&filter=latest+%3D%20true", #""page_size":5,"filter":"latest = true"}"#),
    ("?page_token=a%2Bb&&order_by=", #""component_id":"cart","page_token":"a+b"}"#),
    ("?component_id=cart", #"{"component_id":"cart"}"#), ("?", #"{"component_id":"cart"}"#),
  ])
  func `the parameters of a GET make the request`(query: String, request: String) async throws {
    try await JSONServer.run { server in
      let response = await server.send("GET", Self.tracks + query, type: "")
      #expect(response.status == 200)
      #expect(echoed(response).contains(request), "\(response.body)")
    }
  }

  @Test func `booleans are parameters too`() async throws {
    try await JSONServer.run { server in
      let response = await server.send(
        "DELETE", Self.track + "?force=true&validate_only=false&etag=%221%22", type: "")
      #expect(response.body.contains(#"\"force\":true,\"etag\":\"\\\"1\\\"\"}"#))
    }
  }

  @Test(arguments: [
    ("/projects/a%2Fb", "a/b"), ("/projects/a%252Fb", "a%2Fb"), ("/projects/a+b", "a+b"),
    ("/projects/%C3%A9", "é"),
  ])
  func `segments are decoded once`(path: String, id: String) async throws {
    try await JSONServer.run { server in
      let response = await server.send("PUT", path, #"{"project":{"organization_id":"acme"}}"#)
      #expect(
        response.body == #"{"project":{"id":"\#(id)","organization_id":"acme","etag":""}}"#)
      let bare = await server.send("PUT", path, "{}")
      #expect(bare.body == #"{"project":{"id":"\#(id)","organization_id":"","etag":""}}"#)
    }
  }

  @Test func `HEAD is a GET without the body`() async throws {
    try await JSONServer.run { server in
      let get = await server.send("GET", Self.tracks, type: "")
      let head = await server.send("HEAD", Self.tracks, type: "")
      #expect(head.status == 200 && head.body.isEmpty)
      #expect(head.headers["content-length"] == "\(get.body.utf8.count)")
    }
  }

  @Test func `an error of the method is an answer with all it says`() async throws {
    try await JSONServer.run { server in
      let response = await server.send("POST", Self.tracks, #"{"description":"fail"}"#)
      #expect(response.status == 503)
      #expect(response.headers["retry-after"] == "3")
      #expect(
        response.body == """
          {"error":{"code":503,"status":"UNAVAILABLE","reason":"SOME_REASON",\
          "message":"try\\nlater",\
          "field_violations":[{"field":"id","description":"\\"no\\""}],\
          "details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"SOME_REASON"},\
          {"@type":"type.googleapis.com/google.rpc.BadRequest",\
          "fieldViolations":[{"field":"id","description":"\\"no\\""}]},\
          {"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"2.000000001s"}]}}
          """)
    }
  }

  @Test func `a method that is not served is 501`() async throws {
    try await JSONServer.run { server in
      let response = await server.send("POST", Self.track + "/deploy", "{}")
      #expect(response.status == 501 && response.body.contains(#""status":"UNIMPLEMENTED""#))
    }
  }
}
