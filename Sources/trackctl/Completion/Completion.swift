/// What can stand where the cursor is; asked by the scripts that `trackctl completion` prints.
enum Completion {
  /// The hidden command of the scripts.
  static let word = "__complete"
  /// The one line that asks for names of files.
  static let files = ":files"

  /// A candidate per line, or `:files`.
  ///
  /// - Parameter words: those of the command line behind `trackctl`; the last one is being written,
  ///   and may be empty.
  static func lines(for words: [String]) -> String {
    candidates(for: words).map { $0 + "\n" }.joined()
  }

  static func candidates(for words: [String]) -> [String] {
    let words = joined(words)
    guard let current = words.last else { return [] }
    let before = Array(words.dropLast())
    let plain = plainWords(before)
    let command = Command.all.filter { plain.starts(with: $0.spec.path) }
      .max { $0.spec.path.count < $1.spec.path.count }
    let flags = (command?.spec.flags ?? []) + GlobalFlags.all
    if let last = before.last, let flag = flag(last, flags), flag.takesValue {
      return values(of: flag, current)
    }
    if current.hasPrefix("-") {
      return matching(current, flags.map { "--\($0.name)" })
    }
    guard let command else { return matching(current, commandWords(after: plain)) }
    let index = plain.count - command.spec.path.count
    guard index < command.spec.operands.count else { return [] }
    return operands(command.spec.operands[index], current)
  }

  /// Bash takes `HOST:PORT` for three words, and `--flag=value` too.
  private static func joined(_ words: [String]) -> [String] {
    var joined: [String] = []
    var continues = false
    for word in words {
      if continues {
        joined[joined.count - 1] += word
        continues = false
      } else if word == ":", !joined.isEmpty {
        joined[joined.count - 1] += word
        continues = true
      } else if word != "=" || joined.last?.hasPrefix("--") != true {
        joined.append(word)
      }
    }
    return joined
  }

  private static func operands(_ operand: Operand, _ current: String) -> [String] {
    if operand.name == "FILE" { return [files] }
    return matching(current, operand.choices)
  }

  private static func values(of flag: Flag, _ current: String) -> [String] {
    switch flag.value {
    case .none, .text: []
    case .file: [files]
    case .choice(let words): matching(current, words)
    }
  }

  /// The words that may follow those of an unfinished command.
  private static func commandWords(after words: [String]) -> [String] {
    var next: [String] = words.isEmpty ? ["help"] : []
    let words = words.first == "help" ? Array(words.dropFirst()) : words
    for command in Command.all where command.spec.path.starts(with: words) {
      guard command.spec.path.count > words.count else { continue }
      let word = command.spec.path[words.count]
      if !next.contains(word) { next.append(word) }
    }
    return next
  }

  /// The words that are neither flags nor their values.
  private static func plainWords(_ words: [String]) -> [String] {
    var plain: [String] = []
    let flags = Command.all.flatMap(\.spec.flags) + GlobalFlags.all
    var skipsValue = false
    for word in words {
      if skipsValue {
        skipsValue = false
      } else if word.hasPrefix("-") {
        skipsValue = flag(word, flags)?.takesValue == true
      } else {
        plain.append(word)
      }
    }
    return plain
  }

  private static func flag(_ word: String, _ flags: [Flag]) -> Flag? {
    flags.first { flag in
      word == "--\(flag.name)" || flag.short.map { word == "-\($0)" } ?? false
    }
  }

  private static func matching(_ prefix: String, _ words: [String]) -> [String] {
    words.filter { $0.hasPrefix(prefix) }
  }
}
