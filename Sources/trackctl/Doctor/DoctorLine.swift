/// One thing that `trackctl doctor` has looked at.
struct DoctorLine: Sendable, Equatable {
  enum State: String, Sendable {
    case ok
    /// It works; somebody should look at it.
    case warning
    case failed
    /// It could not be found out, or the caller may not know.
    case unknown
  }

  let name: String
  let state: State
  let explanation: String
  /// What to do; empty when nothing is to be done.
  let advice: String

  init(_ name: String, _ state: State, _ explanation: String, advice: String = "") {
    self.name = name
    self.state = state
    self.explanation = explanation
    self.advice = advice
  }
}

/// All that `trackctl doctor` has found out.
struct DoctorReport: Sendable {
  var lines: [DoctorLine] = []

  /// Whether nothing has failed.
  var isWell: Bool { !lines.contains { $0.state == .failed } }

  /// A line each, and one below with what to do.
  var text: String {
    let width = lines.map(\.name.count).max() ?? 0
    var text = ""
    for line in lines {
      let state = padded(line.state.rawValue, 7)
      text +=
        line.explanation.isEmpty
        ? "\(state)  \(line.name)\n"
        : "\(state)  \(padded(line.name, width))  \(Table.printable(line.explanation))\n"
      if !line.advice.isEmpty {
        text += "\(padded("", 7))  \(padded("", width))  next: \(Table.printable(line.advice))\n"
      }
    }
    return text + summary + "\n"
  }

  private var summary: String {
    let counts = [DoctorLine.State.failed, .warning, .unknown].compactMap { state in
      let count = lines.count { $0.state == state }
      return count == 0 ? nil : "\(count) \(state.rawValue)"
    }
    return counts.isEmpty ? "all is well" : counts.joined(separator: ", ")
  }

  private func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}
