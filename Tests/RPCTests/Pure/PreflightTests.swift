import Testing
import Wire

@testable import RPC

@Suite(.timeLimit(.minutes(2))) struct PreflightTests {
  private static let page = "https://ui.example"

  private func answer(
    _ answer: CrossOriginAnswer = .to(page), _ extra: HeaderFields = [:]
  ) throws -> HTTPResponse {
    var fields: HeaderFields = [
      ":method": "OPTIONS", "origin": Self.page, "access-control-request-method": "POST",
    ]
    for field in extra { fields.append(extra.bytes[field.name], extra.bytes[field.value]) }
    return try #require(Preflight(fields)).response(answer)
  }

  private func allowedHeaders(_ asked: String) throws -> [String] {
    let response = try answer(.to(Self.page), ["access-control-request-headers": asked])
    let list = try #require(response.headers.field("access-control-allow-headers"))
    return list.split(separator: ",").map { $0.drop { $0 == " " } }.map(String.init)
  }

  @Test func `the answer says what the page may do, and for how long`() throws {
    let response = try answer()
    #expect(response.status == 204 && response.body.isEmpty)
    #expect(response.headers.field("access-control-allow-origin") == Self.page)
    #expect(response.headers.field("vary") == "origin")
    #expect(response.headers.field("access-control-max-age") == "7200")
    #expect(response.headers.field("access-control-allow-credentials") == nil)
    for method in ["GET", "POST", "PUT", "DELETE"] {
      #expect(
        response.headers.field("access-control-allow-methods")?.contains(method) == true)
    }
    let all = try answer(.toAll)
    #expect(all.headers.field("access-control-allow-origin") == "*")
    #expect(all.headers.field("vary") == nil)
  }

  @Test func `the fields of gRPC-Web, Connect and JSON are allowed unasked`() throws {
    let allowed = try allowedHeaders("content-type")
    for name in [
      "content-type", "authorization", "x-grpc-web", "x-user-agent", "grpc-timeout",
      "connect-protocol-version", "connect-timeout-ms",
    ] {
      #expect(allowed.filter { $0 == name }.count == 1, "\(name)")
    }
  }

  @Test(
    arguments: [
      ("trackd-actor", ["trackd-actor"]), ("X-A,x-b ,\tx-a", ["x-a", "x-b"]),
      ("", []), (",,", []), ("*", []), ("a b", []), ("x-ä", []), ("a:b, x-c", ["x-c"]),
      ("x_1.y!, content-type", ["x_1.y!"]), ("\"x\"", []),
    ] as [(String, [String])])
  func `names that are asked for are given back if they are names`(
    asked: String, given: [String]
  ) throws {
    let standard = try allowedHeaders("")
    #expect(try allowedHeaders(asked) == standard + given)
  }

  @Test func `a list that no page has is not given back`() throws {
    let long = (0..<1000).map { "x-\($0)" }.joined(separator: ",")
    #expect(long.utf8.count > 4096)
    #expect(try allowedHeaders(long) == allowedHeaders(""))
    let short = (0..<500).map { "x-\($0)" }.joined(separator: ",")
    #expect(try allowedHeaders(short).count == allowedHeaders("").count + 500)
  }

  @Test func `a page of the public network gets in only if it is named`() throws {
    let asks: HeaderFields = ["access-control-request-private-network": "true"]
    let name = "access-control-allow-private-network"
    #expect(try answer(.to(Self.page), asks).headers.field(name) == "true")
    #expect(try answer(.toAll, asks).headers.field(name) == nil)
    #expect(try answer().headers.field(name) == nil)
  }
}
