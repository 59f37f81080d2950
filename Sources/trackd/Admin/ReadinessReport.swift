import RPC

/// What `/readyz` answers.
struct ReadinessReport {
  let results: [ReadinessChecks.Result]
  /// Whether the one who asks may read why a check is not ok.
  let tellsReasons: Bool

  var status: Int { results.isReady ? 200 : 503 }

  /// One line, or a line for each check where that was asked for or something is wrong.
  func text(isVerbose: Bool) -> String {
    guard isVerbose || !results.isReady else { return "ok\n" }
    var text = ""
    for result in results {
      let mark =
        switch result.state {
        case .ok: "+"
        case .warning: "!"
        case .failed: "-"
        }
      text += "[\(mark)] \(result.name): \(result.state.name)\(reason(result))\n"
    }
    return text + (results.isReady ? "ready\n" : "not ready\n")
  }

  private func reason(_ result: ReadinessChecks.Result) -> String {
    guard tellsReasons, !result.state.reason.isEmpty else { return "" }
    return ", \(result.state.reason)"
  }

  var json: String {
    let checks = results.map { result in
      var fields = "\"name\":\(JSONText.quoted(result.name))"
      fields += ",\"state\":\(JSONText.quoted(result.state.name))"
      if tellsReasons, !result.state.reason.isEmpty {
        fields += ",\"reason\":\(JSONText.quoted(result.state.reason))"
      }
      return "{\(fields)}"
    }
    return "{\"ready\":\(results.isReady),\"checks\":[\(checks.joined(separator: ","))]}\n"
  }
}

/// Text as JSON has it (RFC 8259 section 7).
enum JSONText {
  static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\0"..<" ":
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
