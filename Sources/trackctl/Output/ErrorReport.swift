import EventLoop
import RPC

/// Shows an error to the user, and the next step.
enum ErrorReport {
  static func tell(_ error: UsageError) -> ExitCode {
    let help = error.command.isEmpty ? "trackctl --help" : "trackctl help \(error.command)"
    StandardStream.error.write("trackctl: \(Table.printable(error.message))\nsee: \(help)\n")
    return .usage
  }

  static func tell(_ error: any Error, server: String) -> ExitCode {
    if let error = error as? NotFound {
      StandardStream.error.write(
        "trackctl: \(Table.printable(error.message))\nnext: trackctl \(error.list) shows what there is\n"
      )
      return .notFound
    }
    guard let error = error as? RPCError else {
      StandardStream.error.write("trackctl: \(Table.printable("\(error)"))\n")
      return .failed
    }
    StandardStream.error.write(text(of: error, server: server))
    return status(of: error)
  }

  static func text(of error: RPCError, server: String) -> String {
    let reason = error.detail(ErrorInfo.self)?.reason ?? ""
    let head = reason.isEmpty ? error.code.description : "\(error.code) \(reason)"
    var text = "trackctl: \(Table.printable("\(head): \(error.message)"))\n"
    for violation in error.detail(BadRequest.self)?.fieldViolations ?? [] {
      let line = "  \(violation.field): \(violation.description)"
      // The message already contains a single violation.
      if !error.message.contains(violation.description) { text += Table.printable(line) + "\n" }
    }
    if let advice = Advice.text(code: error.code, reason: reason, server: server) {
      text += "next: \(advice)\n"
    }
    return text
  }

  static func status(of error: RPCError) -> ExitCode {
    if error.detail(RetryInfo.self) != nil { return .unavailable }
    return switch error.code {
    case .ok: .success
    case .invalidArgument: .usage
    case .notFound: .notFound
    case .alreadyExists, .permissionDenied, .resourceExhausted, .failedPrecondition, .aborted,
      .outOfRange, .unauthenticated:
      .refused
    case .unavailable, .deadlineExceeded, .cancelled: .unavailable
    case .unknown, .unimplemented, .internal, .dataLoss: .failed
    }
  }
}
