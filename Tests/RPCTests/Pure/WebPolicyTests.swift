import Testing
import Wire

@testable import RPC

/// What a server with a policy says to one request.
struct WebCase: Sendable, CustomTestStringConvertible {
  enum Answer: Equatable {
    case admitted(CrossOriginAnswer)
    case preflight
    case refused(HTTPRefusal)
  }

  var origins: [String] = []
  var hosts: [String] = []
  var fields: [(String, String)]
  var isGRPC = false
  var peer = "ipv4:127.0.0.1:4711"
  var answer: Answer

  var testDescription: String { "\(origins) \(hosts) \(fields) \(isGRPC) \(peer)" }

  func judge() throws -> Answer {
    let policy = WebPolicy(
      origins: try origins.map { try #require(OriginPattern($0)) },
      hosts: try hosts.map { try #require(HostPattern($0)) })
    var block = HeaderFields()
    for (name, value) in fields { block.append(name, value) }
    switch policy.judge(block, isGRPC: isGRPC, peer: peer) {
    case .admitted(let answer): return .admitted(answer)
    case .preflight: return .preflight
    case .refused(let refusal, let message):
      #expect(!message.isEmpty)
      return .refused(refusal)
    }
  }
}

@Suite(.timeLimit(.minutes(2))) struct WebPolicyTests {
  private static let local = (":authority", "localhost:50051")
  private static let page = "https://ui.example"
  private static let remote = "ipv4:10.0.0.9:4711"

  private static func origin(_ value: String) -> [(String, String)] { [local, ("origin", value)] }

  @Test(
    arguments: [
      WebCase(fields: [local], answer: .admitted(.none)),
      WebCase(fields: origin(page), answer: .refused(.originNotAllowed(page))),
      WebCase(fields: origin("null"), answer: .refused(.originNotAllowed("null"))),
      WebCase(fields: origin(""), answer: .refused(.originNotAllowed(""))),
      // A page that the server itself could have sent: it sends none.
      WebCase(
        fields: origin("http://localhost:50051"),
        answer: .refused(.originNotAllowed("http://localhost:50051"))),
      WebCase(origins: [page], fields: [local], answer: .admitted(.varying)),
      WebCase(origins: [page], fields: origin(page), answer: .admitted(.to(page))),
      WebCase(
        origins: ["HTTPS://UI.example:443"], fields: origin(page), answer: .admitted(.to(page))),
      WebCase(
        origins: ["https://x.example", page], fields: origin(page), answer: .admitted(.to(page))),
      WebCase(origins: [page], fields: origin(" \(page)\t"), answer: .admitted(.to(page))),
      WebCase(
        origins: [page], fields: origin("http://ui.example"),
        answer: .refused(.originNotAllowed("http://ui.example"))),
      WebCase(
        origins: [page], fields: origin(page + ":444"),
        answer: .refused(.originNotAllowed(page + ":444"))),
      WebCase(
        origins: [page], fields: origin(page + ".evil.example"),
        answer: .refused(.originNotAllowed(page + ".evil.example"))),
      WebCase(
        origins: [page], fields: origin("null"), answer: .refused(.originNotAllowed("null"))),
      // No browser names two.
      WebCase(
        origins: [page], fields: origin(page) + [("origin", page)],
        answer: .refused(.originNotAllowed("\(page), \(page)"))),
      WebCase(
        origins: [page], fields: origin("\(page) \(page)"),
        answer: .refused(.originNotAllowed("\(page) \(page)"))),
      WebCase(origins: ["*"], fields: origin(page), answer: .admitted(.toAll)),
      WebCase(origins: [page, "*"], fields: origin("null"), answer: .admitted(.toAll)),
      WebCase(origins: ["*"], fields: [local], answer: .admitted(.none)),
      // gRPC too, wherever it goes.
      WebCase(fields: origin(page), isGRPC: true, answer: .refused(.originNotAllowed(page))),
      WebCase(
        fields: origin(page), peer: "unix:", answer: .refused(.originNotAllowed(page))),
      WebCase(
        fields: origin(page), peer: remote, answer: .refused(.originNotAllowed(page))),
      WebCase(
        origins: [page], fields: origin(page), isGRPC: true, answer: .admitted(.to(page))),
    ] as [WebCase])
  func `a page may call if its origin is named`(one: WebCase) throws {
    #expect(try one.judge() == one.answer)
  }

  private static func host(_ value: String) -> [(String, String)] { [(":authority", value)] }
  private static let evil = "evil.example:50051"

  @Test(
    arguments: [
      WebCase(fields: host("127.0.0.1:50051"), answer: .admitted(.none)),
      WebCase(fields: host("[::1]:50051"), peer: "ipv6:[::1]:4711", answer: .admitted(.none)),
      WebCase(fields: host(evil), answer: .refused(.hostNotAllowed(evil))),
      WebCase(
        fields: host(evil), peer: "ipv6:[::1]:4711", answer: .refused(.hostNotAllowed(evil))),
      WebCase(
        fields: host(evil), peer: "ipv4:127.8.0.1:1", answer: .refused(.hostNotAllowed(evil))),
      WebCase(fields: host("10.0.0.9"), answer: .refused(.hostNotAllowed("10.0.0.9"))),
      WebCase(fields: host("0.0.0.0"), answer: .refused(.hostNotAllowed("0.0.0.0"))),
      WebCase(fields: host("a@localhost"), answer: .refused(.hostNotAllowed("a@localhost"))),
      WebCase(fields: [], answer: .refused(.hostNotAllowed(""))),
      WebCase(fields: host(""), answer: .refused(.hostNotAllowed(""))),
      WebCase(fields: [("host", "localhost")], answer: .admitted(.none)),
      WebCase(fields: [("host", evil)], answer: .refused(.hostNotAllowed(evil))),
      // Two readers might believe two different ones.
      WebCase(fields: [local, ("host", evil)], answer: .refused(.hostNotAllowed(evil))),
      WebCase(
        fields: host(evil) + [("host", "localhost")], answer: .refused(.hostNotAllowed(evil))),
      WebCase(hosts: ["evil.example"], fields: host(evil), answer: .admitted(.none)),
      WebCase(hosts: ["*.svc"], fields: host("trackd.ns.svc"), answer: .admitted(.none)),
      WebCase(hosts: ["a.example"], fields: host(evil), answer: .refused(.hostNotAllowed(evil))),
      WebCase(hosts: ["a.example"], fields: [local], answer: .admitted(.none)),
      WebCase(hosts: ["*"], fields: host("/run/x"), answer: .admitted(.none)),
      WebCase(hosts: ["*"], fields: [], answer: .admitted(.none)),
      // Not for gRPC, not for Unix sockets.
      WebCase(fields: host(evil), isGRPC: true, answer: .admitted(.none)),
      WebCase(fields: host(evil), peer: "unix:", answer: .admitted(.none)),
      WebCase(hosts: ["a.example"], fields: host(evil), peer: "unix:", answer: .admitted(.none)),
      // On other networks only if somebody has said how the server is called.
      WebCase(fields: host(evil), peer: remote, answer: .admitted(.none)),
      WebCase(
        hosts: ["a.example"], fields: host(evil), peer: remote,
        answer: .refused(.hostNotAllowed(evil))),
      WebCase(
        hosts: ["a.example"], fields: host("A.example:1"), peer: remote, answer: .admitted(.none)),
      WebCase(
        hosts: ["a.example"], fields: host("10.0.0.1:1"), peer: remote, answer: .admitted(.none)),
      WebCase(
        hosts: ["a.example"], fields: host("[fd00::1]"), peer: "ipv6:[fd00::2]:1",
        answer: .admitted(.none)),
      // The host comes first: a page behind a name that was turned around is one of that name.
      WebCase(
        fields: host(evil) + [("origin", "http://" + evil)],
        answer: .refused(.hostNotAllowed(evil))),
    ] as [WebCase])
  func `on loopback the host is a loopback name or one that is allowed`(one: WebCase) throws {
    #expect(try one.judge() == one.answer)
  }

  private static let question = [
    local, (":method", "OPTIONS"), ("access-control-request-method", "POST"),
  ]

  @Test(
    arguments: [
      WebCase(origins: [page], fields: question + [("origin", page)], answer: .preflight),
      WebCase(origins: ["*"], fields: question + [("origin", "null")], answer: .preflight),
      WebCase(
        origins: [page], fields: question + [("origin", "null")],
        answer: .refused(.originNotAllowed("null"))),
      WebCase(fields: question + [("origin", page)], answer: .refused(.originNotAllowed(page))),
      WebCase(
        origins: [page],
        fields: [(":method", "OPTIONS"), (":authority", evil), question[2], ("origin", page)],
        answer: .refused(.hostNotAllowed(evil))),
      // Not a question: no origin, no method that is asked for, another method.
      WebCase(origins: [page], fields: question, answer: .admitted(.varying)),
      WebCase(
        origins: [page], fields: [local, (":method", "OPTIONS"), ("origin", page)],
        answer: .admitted(.to(page))),
      WebCase(
        origins: [page], fields: [local, (":method", "POST"), question[2], ("origin", page)],
        answer: .admitted(.to(page))),
    ] as [WebCase])
  func `a browser may ask for a page that may call`(one: WebCase) throws {
    #expect(try one.judge() == one.answer)
  }

  @Test func `what a refusal repeats is bounded`() throws {
    let long = String(repeating: "x", count: 10_000)
    let one = WebCase(fields: Self.origin(long), answer: .preflight)
    guard case .refused(.originNotAllowed(let shown)) = try one.judge() else {
      Issue.record("not refused")
      return
    }
    #expect(shown.utf8.count < 200)
  }
}
