import Crypto
import RPC
import RPCHTTP2
import TLS
import Testing
import TrackMessages

@testable import trackctl

@Suite(.timeLimit(.minutes(2))) struct DoctorTests {
  // MARK: Versions

  private static let versions: [(String, String, DoctorLine.State, String)] = [
    ("0.1.0", "0.1.0", DoctorLine.State.ok, ""), ("0.1.0", "0.1.9", .ok, ""),
    ("0.2.0", "0.1.0", .warning, "update trackd"), ("0.1.0", "0.2.0", .warning, "update trackctl"),
    ("1.0.0", "0.9.9", .warning, "update trackd"), ("0.9.0", "0.10.0", .warning, "update trackctl"),
    ("0.1.0", "devel", .warning, "use the same version of both"),
    ("0.1.0", "", .warning, "use the same version of both"),
  ]

  @Test(arguments: versions)
  func `versions fit, or one is to be updated`(
    own: String, server: String, state: DoctorLine.State, advice: String
  ) {
    let line = ServerVerdict.versions(own: own, server: .success(server))
    #expect(line.state == state && line.advice == advice)
    #expect(line.explanation.contains("trackctl \(own), trackd \(server)"))
  }

  @Test func `a server without the service is older, and one that refuses is unknown`() {
    let older = ServerVerdict.versions(own: "0.1.0", server: .failure(RPCError(.unimplemented)))
    #expect(older.state == .warning && older.advice.contains("update trackd"))
    let refused = ServerVerdict.versions(own: "0.1.0", server: .failure(RPCError(.unauthenticated)))
    #expect(refused.state == .unknown)
  }

  // MARK: The clock

  /// Milliseconds that the answer takes, and that the server's clock is ahead.
  private static let clocks: [(Int64, Int64, DoctorLine.State, String)] = [
    (2, 0, DoctorLine.State.ok, "agree within 0.001 s"),
    (200, 0, .ok, "agree within 0.100 s"),
    (2, -4999, .ok, "agree within 5.000 s"),
    (2, 5002, .warning, "5.002 s ahead of this machine's, give or take 0.001 s"),
    (2, -30_000, .warning, "30 s behind"), (2, 60_002, .failed, "60 s ahead"),
    (2, -600_000, .failed, "10 min behind"), (2, 90_000_000, .failed, "25 h ahead"),
    (2, 900_000_000, .failed, "10 days ahead"),
    // A slow answer may have been under way when the clock was read.
    (10_000, 9999, .ok, "agree within"), (10_000, 10_001, .warning, "give or take 5.000 s"),
  ]

  @Test(arguments: clocks)
  func `clocks are compared in the middle of the round trip`(
    trip: Int64, ahead: Int64, state: DoctorLine.State, text: String
  ) {
    let sample = ServerVerdict.ClockSample(
      sentAt: 5_000_000, receivedAt: 5_000_000 + trip * 1000,
      server: 5_000_000 + trip * 500 + ahead * 1000)
    let line = ServerVerdict.clock(sample)
    #expect(line.state == state && line.explanation.contains(text), "\(line)")
    #expect(line.advice.isEmpty == (state == .ok))
  }

  @Test func `a clock that goes back on the way leads to no nonsense`() {
    let line = ServerVerdict.clock(
      ServerVerdict.ClockSample(sentAt: 9_000_000, receivedAt: 1_000_000, server: .max))
    #expect(line.state == .failed)
  }

  // MARK: Certificates

  private static let ends: [(Int64, DoctorLine.State, String)] = [
    (-1, DoctorLine.State.failed, "has ended"), (0, .warning, "ends in 0 hours"),
    (2 * 86_400 - 1, .warning, "ends in 47 hours"), (2 * 86_400, .warning, "ends in 2 days"),
    (7 * 86_400 - 1, .warning, "ends in 6 days"), (7 * 86_400, .ok, "ends in 7 days"),
  ]

  @Test(arguments: ends)
  func `the end of a certificate is told in time`(
    left: Int64, state: DoctorLine.State, text: String
  ) {
    let judged = CertificateEnd.judge(1000 + left, 1000)
    #expect(judged.state == state && judged.text == text)
    #expect(judged.advice.isEmpty == (state == .ok))
  }

  // MARK: The connection

  private func lines(
    _ outcome: ConnectionProbe.Outcome, tls: Bool, local: Bool = false,
    other: ConnectionProbe.Outcome? = nil
  ) -> [DoctorLine] {
    ConnectionVerdict(
      server: "host:1", hasTLS: tls, isLocal: local,
      report: ConnectionProbe.Report(outcome: outcome, address: "10.0.0.1:1"),
      other: other.map { ConnectionProbe.Report(outcome: $0) }, now: 0
    ).lines
  }

  private func expectOpposite(_ lines: [DoctorLine], _ advice: String) {
    #expect(lines.map(\.state) == [.ok, .failed])
    #expect(lines.last?.name == "tls" && lines.last?.advice.contains(advice) == true)
  }

  @Test func `a server that does the opposite with TLS is known by what it answers to that`() {
    let verify = TLSError("no", .certificate(.unknownAuthority))
    let noTLS = TLSError("no", .noTLS)
    let cleartext: [(ConnectionProbe.Outcome, ConnectionProbe.Outcome)] = [
      (.tlsFailed(noTLS), .answered(by: .http2)), (.lost("gone"), .answered(by: .http1)),
      (.silent, .answered(by: .http2)),
    ]
    for (mine, others) in cleartext {
      #expect(ConnectionVerdict.asksForOther(ConnectionProbe.Report(outcome: mine)))
      expectOpposite(lines(mine, tls: true, other: others), "leave --tls")
    }
    let secure: [(ConnectionProbe.Outcome, ConnectionProbe.Outcome?)] = [
      (.answered(by: .tls), nil), (.lost("gone"), .tlsFailed(verify)),
      (.silent, .tlsFailed(TLSError("no", .alert(40)))),
      (.answered(by: .http1), .answered(by: .http2)),
    ]
    for (mine, others) in secure {
      expectOpposite(lines(mine, tls: false, other: others), "use --tls")
    }
    // Nor does the other way lead anywhere.
    for other in [ConnectionProbe.Outcome.lost("gone"), .silent, .tlsFailed(noTLS)] {
      for tls in [true, false] {
        let found = lines(.lost("gone"), tls: tls, other: other)
        #expect(found.map(\.state) == [.failed] && found[0].name == "connection")
      }
    }
  }

  @Test func `where nobody listens TLS is no question`() {
    for outcome in [ConnectionProbe.Outcome.noAddress("no such host"), .unreachable("refused")] {
      #expect(!ConnectionVerdict.asksForOther(ConnectionProbe.Report(outcome: outcome)))
      for tls in [true, false] {
        #expect(lines(outcome, tls: tls).map(\.state) == [.failed])
        #expect(!lines(outcome, tls: tls)[0].advice.isEmpty)
      }
    }
  }

  @Test func `cleartext is well on this machine alone`() {
    #expect(lines(.answered(by: .http2), tls: false, local: true).map(\.state) == [.ok, .ok])
    #expect(lines(.answered(by: .http2), tls: false).map(\.state) == [.ok, .warning])
  }

  private static let failures: [(TLSError.Kind, String)] = [
    (TLSError.Kind.certificate(.expired), "renew"), (.certificate(.notYetValid), "clock"),
    (.certificate(.otherHost), "name trackd as its certificate does"),
    (.certificate(.unknownAuthority), "--ca"), (.certificate(.revoked), "taken back"),
    (.certificate(.weak), "stronger"), (.certificate(.other), "openssl"),
    (.alert(116), "--cert"), (.alert(48), "--tls-client-ca"), (.alert(112), "--tls-sni"),
    (.alert(70), "older TLS"), (.noAgreement, "older TLS"), (.other, "openssl"),
  ]

  @Test(arguments: failures)
  func `each failure of TLS has its advice`(kind: TLSError.Kind, advice: String) {
    let found = lines(.tlsFailed(TLSError("TLS: broken", kind)), tls: true)
    #expect(found.map(\.state) == [.ok, .failed])
    #expect(found[1].explanation == "TLS: broken" && found[1].advice.contains(advice))
  }

  // MARK: The server

  @Test func `the caller is told with its roles, or why it is refused`() {
    var who = WhoAmIResponse()
    who.principal = "token:ci"
    #expect(ServerVerdict.caller(.success(who), "s").state == .ok)
    who.policyInForce = true
    #expect(ServerVerdict.caller(.success(who), "s").state == .warning)
    var role = GrantedRole()
    (role.role, role.verbs, role.scope) = ("ci", [.read, .save], "project shop")
    who.roles = [role]
    let line = ServerVerdict.caller(.success(who), "s")
    #expect(line == DoctorLine("caller", .ok, "token:ci: ci (read save) for project shop"))
    for code in [StatusCode.unauthenticated, .unavailable, .internal] {
      let refused = ServerVerdict.caller(.failure(RPCError(code, "no")), "s")
      #expect(refused.state == .failed && !refused.advice.isEmpty)
    }
  }

  @Test func `each part of the server is a line with the server's own advice`() {
    var response = DiagnoseResponse()
    response.checks = [DiagnosticState.ok, .warning, .failed, .unknown, .unrecognized(9)].map {
      var check = DiagnosticCheck()
      (check.name, check.state, check.explanation, check.advice) = ("p", $0, "e", "a")
      return check
    }
    let lines = ServerVerdict.parts(.success(response), "s")
    #expect(lines.map(\.state) == [.ok, .ok, .warning, .failed, .unknown, .unknown])
    #expect(lines[1] == DoctorLine("trackd: p", .ok, "e", advice: "a"))
    response.checksWithheld = "no right"
    let withheld = ServerVerdict.parts(.success(response), "s")
    #expect(withheld.map(\.state) == [.unknown] && withheld[0].explanation.contains("no right"))
    #expect(
      ServerVerdict.parts(.failure(RPCError(.unimplemented)), "s").map(\.state) == [.unknown])
    #expect(ServerVerdict.parts(.failure(RPCError(.unavailable)), "s").map(\.state) == [.failed])
  }

  @Test func `a report is well unless something has failed`() {
    var report = DoctorReport(lines: [
      DoctorLine("a", .ok, ""), DoctorLine("bcd", .warning, "w\u{1B}", advice: "do"),
      DoctorLine("e", .unknown, "u"),
    ])
    #expect(report.isWell)
    #expect(
      report.text == """
        ok       a
        warning  bcd  w\u{FFFD}
                      next: do
        unknown  e    u
        1 warning, 1 unknown

        """)
    report.lines.append(DoctorLine("f", .failed, "f"))
    #expect(!report.isWell)
    #expect(DoctorReport(lines: [DoctorLine("a", .ok, "")]).text.hasSuffix("all is well\n"))
  }
}
