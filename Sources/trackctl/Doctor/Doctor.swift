import Crypto
import EventLoop
import Protobuf
import RPC
import RPCHTTP2
import TLS
import TrackMessages

/// Looks at everything between a user and trackd, as far as it gets.
struct Doctor {
  let session: Session

  /// How long a step of the probe may take, at most.
  private static let patience = Duration.seconds(5)

  private var server: String { session.settings.server }

  func run() async -> DoctorReport {
    var report = DoctorReport()
    let tls: ClientTLS?
    do {
      tls = try session.settings.tls.map { ClientTLS(try $0.read()) }
    } catch {
      report.lines.append(
        DoctorLine(
          "tls", .failed, "\(error)", advice: "see the files of --ca, --cert and --key"))
      return report
    }
    let verdict = await look(tls)
    report.lines += verdict.lines
    report.lines += ownCertificate
    guard verdict.isConnected else {
      report.lines.append(
        DoctorLine("trackd", .unknown, "nothing was asked: there is no connection to it"))
      return report
    }
    await ask(&report)
    return report
  }

  // MARK: The way

  private func look(_ tls: ClientTLS?) async -> ConnectionVerdict {
    let found = await probe(tls)
    var verdict = ConnectionVerdict(
      server: server, hasTLS: tls != nil, isLocal: ServerAddress.isOfThisMachine(server),
      report: found, now: Self.now)
    if ConnectionVerdict.asksForOther(found) {
      // Whom it believes does not matter: no request follows.
      let other = tls == nil ? try? ClientTLS(TLSClientContext()) : nil
      if tls != nil || other != nil { verdict.other = await probe(other) }
    }
    return verdict
  }

  private func probe(_ tls: ClientTLS?) async -> ConnectionProbe.Report {
    await ConnectionProbe(
      target: server, loop: session.loop, tls: tls,
      patience: min(Self.patience, session.settings.timeout)
    ).run()
  }

  private var ownCertificate: [DoctorLine] {
    guard let path = session.settings.tls?.certificate,
      let chain = try? PEMFile.certificates(path), let own = chain.first
    else { return [] }
    let (state, end, advice) = CertificateEnd.judge(chain.map(\.notAfter).min(), Self.now)
    return [
      DoctorLine(
        "certificate", state, "yours is \(own.subject), signed by \(own.issuer), and \(end)",
        advice: advice)
    ]
  }

  private static var now: Int64 { WallClock.nowMicroseconds() / 1_000_000 }

  // MARK: The server

  private func ask(_ report: inout DoctorReport) async {
    do {
      report.lines += try await session.connected { api in
        let caller = await Self.result { () async throws in
          try await api.access.whoAmI(WhoAmIRequest(), options: api.options)
        }
        // The connection is there: the round trip is that of one call.
        var question = DiagnoseRequest()
        question.skipChecks = true
        let clock = question
        let sentAt = WallClock.nowMicroseconds()
        let told = await Self.result { () async throws in
          try await api.diagnostics.diagnose(clock, options: api.options)
        }
        let receivedAt = WallClock.nowMicroseconds()
        let parts = await Self.result { () async throws in
          try await api.diagnostics.diagnose(DiagnoseRequest(), options: api.options)
        }
        return lines(caller, told, sentAt: sentAt, receivedAt: receivedAt, parts)
      }
    } catch {
      report.lines.append(DoctorLine("trackd", .failed, "\(error)"))
    }
  }

  private func lines(
    _ caller: Result<WhoAmIResponse, RPCError>, _ told: Result<DiagnoseResponse, RPCError>,
    sentAt: Int64, receivedAt: Int64, _ parts: Result<DiagnoseResponse, RPCError>
  ) -> [DoctorLine] {
    var lines = [
      ServerVerdict.versions(own: ProductVersion.current, server: told.map(\.version))
    ]
    if case .success(let response) = told, let time = response.serverTime {
      lines.append(
        ServerVerdict.clock(
          ServerVerdict.ClockSample(
            sentAt: sentAt, receivedAt: receivedAt,
            server: min(max(time.seconds, 0), 1 << 40) * 1_000_000 + Int64(time.nanos) / 1000)))
    } else {
      lines.append(DoctorLine("clock", .unknown, "trackd did not tell its time"))
    }
    lines.append(ServerVerdict.caller(caller, server))
    return lines + ServerVerdict.parts(parts, server)
  }

  private static func result<Response: Sendable>(
    _ call: () async throws -> Response
  ) async -> Result<Response, RPCError> {
    do {
      return .success(try await call())
    } catch {
      return .failure(error as? RPCError ?? RPCError(.unknown, "\(error)"))
    }
  }
}
