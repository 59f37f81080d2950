import Protobuf
import RPC
import TrackMessages

/// What the answers of a server mean for the user. Pure.
enum ServerVerdict {
  // MARK: Versions

  /// - Parameter server: nil when it does not tell.
  static func versions(own: String, server: Result<String, RPCError>) -> DoctorLine {
    let name = "versions"
    switch server {
    case .success(let version):
      let text = "trackctl \(own), trackd \(version)"
      switch compare(own, version) {
      case 0?: return DoctorLine(name, .ok, text)
      case let order? where order > 0:
        return DoctorLine(
          name, .warning, "\(text): trackd is older, and may lack what trackctl asks for",
          advice: "update trackd")
      case .some:
        return DoctorLine(
          name, .warning, "\(text): trackctl is older, and may not know what trackd answers",
          advice: "update trackctl")
      case nil:
        return DoctorLine(
          name, .warning, "\(text): they cannot be compared", advice: "use the same version of both"
        )
      }
    case .failure(let error) where error.code == .unimplemented:
      return DoctorLine(
        name, .warning, "trackctl \(own); trackd does not tell, so it is older",
        advice: "update trackd: only the connection and the caller could be looked at")
    case .failure(let error):
      return DoctorLine(name, .unknown, "trackctl \(own); trackd did not tell: \(words(error))")
    }
  }

  /// By major and minor version: those with the same fit. Nil when one has no such form.
  static func compare(_ own: String, _ server: String) -> Int? {
    func numbers(_ text: String) -> (Int, Int)? {
      let parts = text.split(separator: ".").prefix(2).map { Int($0) }
      guard parts.count == 2, let major = parts[0], let minor = parts[1] else { return nil }
      return (major, minor)
    }
    guard let own = numbers(own), let server = numbers(server) else { return nil }
    return own == server ? 0 : own > server ? 1 : -1
  }

  // MARK: The clock

  /// One reading of the server's clock. Microseconds since 1970.
  struct ClockSample: Sendable {
    let sentAt: Int64
    let receivedAt: Int64
    let server: Int64

    /// How far the server's clock is ahead, if both ways took as long.
    var ahead: Int64 { server - (sentAt + (receivedAt - sentAt) / 2) }
    /// How wrong `ahead` can be.
    var doubt: Int64 { max(0, (receivedAt - sentAt) / 2) }
  }

  /// Beyond this, tokens and certificates begin and end at other times than meant; trackd itself
  /// forgives tokens a minute.
  private static let (noticed, tooMuch): (UInt64, UInt64) = (5_000_000, 60_000_000)

  static func clock(_ sample: ClockSample) -> DoctorLine {
    let off = sample.ahead.magnitude
    let doubt = UInt64(sample.doubt)
    guard off > noticed + doubt else {
      return DoctorLine(
        "clock", .ok, "trackd's and this machine's agree within \(time(off + doubt))")
    }
    return DoctorLine(
      "clock", off > tooMuch + doubt ? .failed : .warning,
      "trackd's is \(time(off)) \(sample.ahead < 0 ? "behind" : "ahead of") this machine's, give or "
        + "take \(time(doubt))",
      advice: "set both clocks by NTP: tokens and certificates count by them")
  }

  /// `0.012 s`, `42 s`, `7 min`, `3 h`, `4 days`.
  private static func time(_ microseconds: UInt64) -> String {
    let seconds = microseconds / 1_000_000
    switch seconds {
    case ..<10:
      let thousandths = String(1000 + microseconds / 1000 % 1000).dropFirst()
      return "\(seconds).\(thousandths) s"
    case ..<120: return "\(seconds) s"
    case ..<7200: return "\(seconds / 60) min"
    case ..<172_800: return "\(seconds / 3600) h"
    default: return "\(seconds / 86_400) days"
    }
  }

  // MARK: The caller

  static func caller(_ answer: Result<WhoAmIResponse, RPCError>, _ server: String) -> DoctorLine {
    let name = "caller"
    switch answer {
    case .failure(let error):
      let reason = error.detail(ErrorInfo.self)?.reason ?? ""
      return DoctorLine(
        name, .failed, words(error),
        advice: Advice.text(code: error.code, reason: reason, server: server) ?? "see trackd's log")
    case .success(let who) where !who.policyInForce:
      return DoctorLine(name, .ok, "\(who.principal), who may do everything: there is no policy")
    case .success(let who) where who.roles.isEmpty:
      return DoctorLine(
        name, .warning, "\(who.principal), to whom the policy gives nothing",
        advice: "ask who keeps trackd's policy for a role")
    case .success(let who):
      let roles = who.roles.map { role in
        "\(role.role) (\(role.verbs.map(VerbWords.word).joined(separator: " "))) for \(role.scope)"
      }
      return DoctorLine(name, .ok, "\(who.principal): \(roles.joined(separator: "; "))")
    }
  }

  // MARK: The server's parts

  static func parts(
    _ answer: Result<DiagnoseResponse, RPCError>, _ server: String
  ) -> [DoctorLine] {
    switch answer {
    case .failure(let error) where error.code == .unimplemented:
      return [DoctorLine("trackd", .unknown, "this trackd does not tell how it is")]
    case .failure(let error):
      let reason = error.detail(ErrorInfo.self)?.reason ?? ""
      return [
        DoctorLine(
          "trackd", .failed, words(error),
          advice: Advice.text(code: error.code, reason: reason, server: server)
            ?? "see trackd's log")
      ]
    case .success(let response) where !response.checksWithheld.isEmpty:
      return [
        DoctorLine(
          "trackd", .unknown, "it does not tell how it is: \(response.checksWithheld)",
          advice: "have somebody with that right run trackctl doctor")
      ]
    case .success(let response):
      let uptime = response.uptime.map {
        "has run for \(time(UInt64(min(max(0, $0.seconds), 1 << 40)) * 1_000_000))"
      }
      return [DoctorLine("trackd", .ok, uptime ?? "answers")]
        + response.checks.map(DoctorLine.init)
    }
  }

  private static func words(_ error: RPCError) -> String { "\(error.code): \(error.message)" }
}

extension DoctorLine {
  fileprivate init(_ check: DiagnosticCheck) {
    let state: State =
      switch check.state {
      case .ok: .ok
      case .warning: .warning
      case .failed: .failed
      case .unspecified, .unknown, .unrecognized: .unknown
      }
    self.init("trackd: \(check.name)", state, check.explanation, advice: check.advice)
  }
}
