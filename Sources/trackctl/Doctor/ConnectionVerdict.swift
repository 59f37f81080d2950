import Crypto
import RPCHTTP2
import TLS

/// What a probe of the connection means for the user. Pure.
struct ConnectionVerdict {
  /// HOST:PORT or a socket's path.
  let server: String
  let hasTLS: Bool
  /// Whether nothing leaves this machine on the way.
  let isLocal: Bool
  let report: ConnectionProbe.Report
  /// What the server speaks with a client that does the opposite with TLS; nil when nobody asked.
  var other: ConnectionProbe.Report?
  /// Seconds since 1970.
  let now: Int64

  /// Whether a call makes sense.
  var isConnected: Bool {
    if case .answered(.http2) = report.outcome { true } else { false }
  }

  /// Whether the server may be one that does the opposite with TLS.
  static func asksForOther(_ report: ConnectionProbe.Report) -> Bool {
    switch report.outcome {
    case .noAddress, .unreachable, .answered(.http2): false
    case .tlsFailed(let error):
      switch error.kind {
      case .certificate, .alert, .noAgreement: false
      case .noTLS, .other: true
      }
    case .lost, .silent, .answered: true
    }
  }

  var lines: [DoctorLine] { [connection] + [tls].compactMap { $0 } }

  // MARK: The way

  private var connection: DoctorLine {
    let name = "connection"
    switch report.outcome {
    case .noAddress(let reason):
      return DoctorLine(
        name, .failed, "\(server): \(reason)",
        advice: "--server or TRACKCTL_SERVER names trackd's host; see that its name is right")
    case .unreachable(let reason):
      return DoctorLine(
        name, .failed, reason,
        advice: "is trackd running at \(server)? --server or TRACKCTL_SERVER names another place")
    case .tlsFailed:
      return DoctorLine(name, .ok, "\(report.address ?? server) takes connections")
    case .lost(let reason):
      return unclear
        ?? DoctorLine(
          name, .failed, reason,
          advice: "see whether trackd is what listens at \(server), and what its log says")
    case .silent:
      return unclear
        ?? DoctorLine(
          name, .failed, "\(report.address ?? server) takes connections and does not answer",
          advice: "see whether trackd is what listens at \(server), and whether it is overloaded")
    case .answered(.http2):
      return DoctorLine(name, .ok, "\(report.address ?? server) answers over HTTP/2")
    case .answered(let other):
      return unclear
        ?? DoctorLine(
          name, .failed, "\(report.address ?? server) speaks \(Self.word(other)), and not gRPC",
          advice:
            "see whether trackd is what listens at \(server): --admin-listen is another address")
    }
  }

  /// Where the line about TLS tells what is wrong.
  private var unclear: DoctorLine? {
    if isOpposite {
      return DoctorLine("connection", .ok, "\(report.address ?? server) takes connections")
    }
    return nil
  }

  private static func word(_ spoken: ProbedProtocol) -> String {
    switch spoken {
    case .http1: "HTTP/1"
    case .http2: "HTTP/2"
    case .tls: "TLS"
    case .other: "something unknown"
    }
  }

  // MARK: TLS

  /// Whether the server does the opposite with TLS of what the client wants.
  private var isOpposite: Bool {
    if hasTLS {
      if case .answered(let spoken) = other?.outcome { return spoken == .http2 || spoken == .http1 }
      return false
    }
    if case .answered(.tls) = report.outcome { return true }
    switch other?.outcome {
    case .answered: return true
    case .tlsFailed(let error):
      switch error.kind {
      case .certificate, .alert, .noAgreement: return true
      case .noTLS, .other: return false
      }
    default: return false
    }
  }

  private var tls: DoctorLine? {
    if isOpposite {
      return hasTLS
        ? DoctorLine(
          "tls", .failed, "the server speaks cleartext, and trackctl was told to use TLS",
          advice: "leave --tls, --ca and --cert out, or give trackd --tls-cert and --tls-key")
        : DoctorLine(
          "tls", .failed, "the server speaks TLS, and trackctl speaks cleartext",
          advice: "use --tls (TRACKCTL_TLS=true), and --ca FILE for an authority of your own")
    }
    guard hasTLS else {
      guard isConnected else { return nil }
      return isLocal
        ? DoctorLine("tls", .ok, "cleartext to \(server), which does not leave this machine")
        : DoctorLine(
          "tls", .warning, "cleartext to \(server): others on the way can read and change it",
          advice: "give trackd --tls-cert and --tls-key, and trackctl --tls")
    }
    if case .tlsFailed(let error) = report.outcome { return Self.line(error, server) }
    return report.agreement.map { Self.line($0, server, now) }
  }

  private static func line(
    _ agreement: TLSAgreement, _ server: String, _ now: Int64
  ) -> DoctorLine {
    let (state, end, advice) = CertificateEnd.judge(agreement.peerExpiresAt, now)
    return DoctorLine(
      "tls", state,
      "\(agreement.version) \(agreement.cipherSuite); the certificate is for \(server), signed by "
        + "\(agreement.peerIssuer), and \(end)",
      advice: advice)
  }

  private static func line(_ error: TLSError, _ server: String) -> DoctorLine {
    DoctorLine("tls", .failed, error.description, advice: advice(error.kind, server))
  }

  private static func advice(_ kind: TLSError.Kind, _ server: String) -> String {
    switch kind {
    case .certificate(.expired):
      "renew the server's certificate: trackd reads it again by itself when the file has changed"
    case .certificate(.notYetValid):
      "see whether this machine's clock is right; else the certificate counts only later"
    case .certificate(.otherHost):
      "name trackd as its certificate does, or have one made for \(server)"
    case .certificate(.unknownAuthority):
      "--ca FILE (TRACKCTL_CA) names the authority that signed the server's certificate: ask who "
        + "runs trackd for it"
    case .certificate(.revoked): "the certificate was taken back: ask who runs trackd"
    case .certificate(.weak): "have a certificate made with a stronger key and signature"
    case .certificate(.other), .noTLS, .other:
      "openssl s_client -connect \(server) -alpn h2 shows more; trackd's log, too"
    case .alert(116), .alert(40):
      "trackd may want a certificate of yours: --cert and --key show one"
    case .alert(42), .alert(43), .alert(44), .alert(45), .alert(46), .alert(48), .alert(49):
      "trackd does not take your certificate: see that --cert is in time and signed by an authority "
        + "of trackd's --tls-client-ca"
    case .alert(112): "trackd has no certificate for this name: see --tls-sni"
    case .alert, .noAgreement:
      "see that what listens at \(server) is trackd, and nothing before it that speaks older TLS"
    }
  }
}

/// When a certificate ends, and what that means. Pure.
enum CertificateEnd {
  private static let day: Int64 = 86_400

  /// - Parameters:
  ///   - end: seconds since 1970; nil when it is not known.
  ///   - now: the same.
  static func judge(
    _ end: Int64?, _ now: Int64
  ) -> (state: DoctorLine.State, text: String, advice: String) {
    guard let end else { return (.ok, "tells no end", "") }
    let left = end - now
    if left < 0 { return (.failed, "has ended", "renew the certificate") }
    let text = left < 2 * day ? "ends in \(left / 3600) hours" : "ends in \(left / day) days"
    if left < 7 * day { return (.warning, text, "renew the certificate in time") }
    return (.ok, text, "")
  }
}
