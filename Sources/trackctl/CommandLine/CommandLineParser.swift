/// The command line, parsed.
enum Invocation {
  case run(Command, Arguments)
  /// Text for stdout.
  case print(String)
}

/// Parses command lines. Pure.
///
/// Flags may stand anywhere behind the command's words, as `--name VALUE`, `--name=VALUE` or, with
/// a short form, `-o VALUE`; `--` ends them.
struct CommandLineParser {
  private static let version = "0.1.0"

  let commands: [Command]

  func parse(_ words: [String]) throws(UsageError) -> Invocation {
    guard let first = words.first else { throw UsageError(HelpText.missingCommand) }
    switch first {
    case "--version", "version": return .print("trackctl \(Self.version)\n")
    case "--help", "-h": return .print(HelpText.overview(commands))
    case "help": return .print(try help(Array(words.dropFirst())))
    default: break
    }
    // Global flags may come first.
    let start = try commandStart(words)
    let rest = Array(words[start...])
    guard let command = longestMatch(rest) else {
      // Help works for a group of commands too.
      let group = Array(rest.prefix { !$0.hasPrefix("-") })
      if !group.isEmpty, rest.contains(where: { $0 == "--help" || $0 == "-h" }) {
        return .print(try help(group))
      }
      throw unknown(rest)
    }
    let arguments = try arguments(
      of: command.spec, Array(words[..<start]) + Array(rest.dropFirst(command.spec.path.count)))
    guard let arguments else { return .print(HelpText.text(of: command.spec)) }
    return .run(command, arguments)
  }

  private func commandStart(_ words: [String]) throws(UsageError) -> Int {
    var index = 0
    while index < words.count, words[index].hasPrefix("-") {
      let (flag, inline) = try Self.flag(words[index], of: [], command: "")
      if flag.name == GlobalFlags.help.name { break }
      index += flag.takesValue && inline == nil ? 2 : 1
    }
    return min(index, words.count)
  }

  private func longestMatch(_ words: [String]) -> Command? {
    commands.filter { $0.spec.isMeant(by: words) }
      .max { $0.spec.path.count < $1.spec.path.count }
  }

  private func help(_ words: [String]) throws(UsageError) -> String {
    if words.isEmpty { return HelpText.overview(commands) }
    if let command = longestMatch(words) { return HelpText.text(of: command.spec) }
    let group = commands.filter { $0.spec.begins(with: words) }
    guard !group.isEmpty else { throw unknown(words) }
    return HelpText.group(words.joined(separator: " "), group)
  }

  private func unknown(_ words: [String]) -> UsageError {
    guard let first = words.first else { return UsageError(HelpText.missingCommand) }
    if first == "-h" || first == "--help" { return UsageError(HelpText.missingCommand) }
    let group = commands.filter { $0.spec.takes(first, at: 0) }
    guard !group.isEmpty else { return UsageError("there is no command '\(first)'") }
    let names = group.map { $0.spec.path.dropFirst().joined(separator: " ") }
    let what = words.dropFirst().first { !$0.hasPrefix("-") }.map { "has no '\($0)'" }
    return UsageError(
      "'\(first)' \(what ?? "wants to know what to do"): \(names.joined(separator: ", "))",
      command: first)
  }

  /// - Returns: nil when the command line asks for help.
  private func arguments(
    of spec: CommandSpec, _ words: [String]
  ) throws(UsageError) -> Arguments? {
    var operands: [String] = []
    var values: [String: [String]] = [:]
    var rest = words[...]
    while let word = rest.popFirst() {
      if word == "--" {
        operands += rest
        break
      }
      guard word.hasPrefix("-"), word != "-" else {
        operands.append(word)
        continue
      }
      let (flag, inline) = try Self.flag(word, of: spec.flags, command: spec.name)
      if flag.name == GlobalFlags.help.name { return nil }
      guard flag.takesValue else {
        guard inline == nil else {
          throw UsageError("--\(flag.name) takes no value", command: spec.name)
        }
        values[flag.name] = []
        continue
      }
      guard let value = inline ?? rest.popFirst() else {
        throw UsageError("\(flag.synopsis): the value is missing", command: spec.name)
      }
      try Self.check(value, of: flag, isRepeated: values[flag.name] != nil, command: spec.name)
      values[flag.name, default: []].append(value)
    }
    operands = try Self.checked(operands, of: spec)
    return Arguments(command: spec.name, operands: operands, values: values)
  }

  private static func flag(
    _ word: String, of flags: [Flag], command: String
  ) throws(UsageError) -> (Flag, String?) {
    let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    let name = parts[0]
    let found = (flags + GlobalFlags.all).first { flag in
      name == "--\(flag.name)" || flag.short.map { name == "-\($0)" } ?? false
    }
    guard let found else { throw UsageError("there is no option '\(name)'", command: command) }
    return (found, parts.count == 2 ? String(parts[1]) : nil)
  }

  private static func check(
    _ value: String, of flag: Flag, isRepeated: Bool, command: String
  ) throws(UsageError) {
    if isRepeated, !flag.repeats {
      throw UsageError("--\(flag.name) is given twice", command: command)
    }
    guard case .choice(let choices) = flag.value, !choices.contains(value),
      !(flag.takesEmpty && value.isEmpty)
    else { return }
    throw UsageError(
      "--\(flag.name): '\(value)' is not \(choices.joined(separator: " or "))", command: command)
  }

  /// The operands, checked; choices in their canonical spelling.
  private static func checked(
    _ operands: [String], of spec: CommandSpec
  ) throws(UsageError) -> [String] {
    guard operands.count <= spec.operands.count || spec.operands.last?.repeats == true else {
      throw UsageError(
        "'\(operands[spec.operands.count])' is too much", command: spec.name)
    }
    if let missing = spec.operands.dropFirst(operands.count).first(where: { !$0.isOptional }) {
      throw UsageError("\(missing.name) is missing: \(missing.help)", command: spec.name)
    }
    var checked: [String] = []
    for (index, value) in operands.enumerated() {
      // Words beyond the operands belong to the last one.
      let operand = spec.operands[min(index, spec.operands.count - 1)]
      guard let word = operand.choices.isEmpty ? value : operand.choice(value) else {
        throw UsageError(
          "\(operand.name): '\(value)' is none of \(operand.choices.joined(separator: ", "))",
          command: spec.name)
      }
      checked.append(word)
    }
    return checked
  }
}
