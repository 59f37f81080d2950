/// The text of `--help`, made from the commands' specs.
enum HelpText {
  static let missingCommand = "what to do is missing: 'trackctl --help' lists the commands"

  static func overview(_ commands: [Command]) -> String {
    """
    trackctl works with the deployment tracks of trackd: API version lines of
    components, each fed by a Git branch, with images, deployments and rollbacks.

    Usage: trackctl COMMAND [ARGUMENTS] [OPTIONS]

    Commands ('trackctl COMMAND --help' explains each; nouns may be singular or
    plural, such as in 'trackctl track get'):
    \(table(commands.map { ($0.spec.name, $0.spec.summary) }))
    Options of every command:
    \(table(GlobalFlags.all.map { ($0.synopsis, $0.help) }))
    Exit status:
    \(table(ExitCode.allCases.map { ("\($0.rawValue)", $0.meaning) }))
    """
  }

  static func group(_ name: String, _ commands: [Command]) -> String {
    """
    Usage: trackctl \(name) COMMAND [ARGUMENTS] [OPTIONS]

    Commands ('trackctl \(name) COMMAND --help' explains each):
    \(table(commands.map { ($0.spec.name, $0.spec.summary) }))
    """
  }

  static func text(of spec: CommandSpec) -> String {
    var text = "Usage: trackctl \(spec.name)\(spec.operands.map(synopsis).joined()) [OPTIONS]\n\n"
    text += "\(spec.summary)\n"
    if !spec.details.isEmpty { text += "\n\(paragraphs(spec.details))\n" }
    if !spec.operands.isEmpty {
      text += "\nArguments:\n" + table(spec.operands.map { ($0.name, help(of: $0)) })
    }
    if !spec.flags.isEmpty {
      text += "\nOptions:\n" + table(spec.flags.map { ($0.synopsis, help(of: $0)) })
    }
    text += "\nOptions of every command:\n" + table(GlobalFlags.all.map { ($0.synopsis, $0.help) })
    if !spec.examples.isEmpty {
      text += "\nExamples:\n"
      for example in spec.examples { text += "  # \(example.purpose)\n  \(example.line)\n" }
    }
    return text
  }

  /// Text whose paragraphs are separated by empty lines, wrapped to the width of tables.
  private static func paragraphs(_ text: String) -> String {
    text.split(separator: "\n\n").map { paragraph in
      wrapped(paragraph.replacing("\n", with: " "), Output.standardWidth).joined(separator: "\n")
    }.joined(separator: "\n\n")
  }

  private static func synopsis(_ operand: Operand) -> String {
    let name = operand.repeats ? "\(operand.name)..." : operand.name
    return operand.isOptional ? " [\(name)]" : " \(name)"
  }

  private static func help(of operand: Operand) -> String {
    if operand.choices.isEmpty { return operand.help }
    let words = "\(operand.help): \(operand.choices.joined(separator: ", "))"
    return operand.takesBothNumbers ? "\(words); singular or plural" : words
  }

  private static func help(of flag: Flag) -> String {
    flag.repeats ? "\(flag.help); may be repeated" : flag.help
  }

  private static func table(_ rows: [(String, String)]) -> String {
    let width = min(rows.map(\.0.count).max() ?? 0, 28)
    var text = ""
    let indent = String(repeating: " ", count: width + 4)
    for (left, right) in rows {
      let lines = wrapped(right, Output.standardWidth - indent.count)
      let first =
        left.count > width
        ? "  \(left)\n\(indent)"
        : "  \(left)\(String(repeating: " ", count: width - left.count))  "
      text += first + lines.joined(separator: "\n\(indent)") + "\n"
    }
    return text
  }

  /// Lines of at most `width` characters, unless a single word is longer.
  private static func wrapped(_ text: some StringProtocol, _ width: Int) -> [String] {
    var lines: [String] = []
    for word in text.split(separator: " ") {
      if let line = lines.last, line.count + 1 + word.count <= width {
        lines[lines.count - 1] = "\(line) \(word)"
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }
}
