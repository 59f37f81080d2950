/// Finds the words that can stand at the cursor; called by the scripts of `trackctl completion`.
/// Pure: `ServerNameSearch` asks the server.
enum Completion {
  /// The hidden command of the scripts.
  static let word = "__complete"
  /// The line that makes the scripts complete file names.
  static let files = ":files"

  enum Answer: Equatable {
    /// Whole words that begin with the unfinished one.
    case words([String])
    case files
    case names(NameQuestion)
  }

  /// - Parameter words: the words behind `trackctl`; the last one is unfinished, and may be empty.
  static func answer(for words: [String]) -> Answer {
    guard let current = words.last else { return .words([]) }
    let line = CommandLineBeginning(Array(words.dropLast()))
    if let flag = line.openFlag { return values(of: flag, current, line) }
    if current.hasPrefix("--"), let equals = current.firstIndex(of: "="),
      let flag = line.flag(String(current[..<equals])), flag.takesValue
    {
      let value = String(current[current.index(after: equals)...])
      return values(of: flag, value, line, behind: String(current[...equals]))
    }
    if current.hasPrefix("-") {
      return .words(matching(current, line.flags.map { "--\($0.name)" }))
    }
    guard let command = line.command else {
      return .words(matching(current, commandWords(after: line.plain)))
    }
    guard let operand = command.operand(at: line.operands.count) else { return .words([]) }
    if let names = operand.names { return .names(NameQuestion(names, current, line)) }
    if operand.name == "FILE" { return .files }
    let words = matching(current, operand.choices)
    // A noun in the other number is already complete.
    return .words(words.isEmpty && operand.choice(current) != nil ? [current] : words)
  }

  private static func values(
    of flag: Flag, _ current: String, _ line: CommandLineBeginning, behind: String = ""
  ) -> Answer {
    if let names = flag.names { return .names(NameQuestion(names, current, line, behind: behind)) }
    switch flag.value {
    case .none, .text: return .words([])
    case .file: return .files
    case .choice(let words): return .words(matching(current, words).map { behind + $0 })
    }
  }

  /// The words that may follow an unfinished command.
  private static func commandWords(after words: [String]) -> [String] {
    var next: [String] = words.isEmpty ? ["help"] : []
    let words = words.first == "help" ? Array(words.dropFirst()) : words
    for command in Command.all where command.spec.begins(with: words) {
      guard command.spec.path.count > words.count else { continue }
      let word = command.spec.path[words.count]
      if !next.contains(word) { next.append(word) }
    }
    return next
  }

  private static func matching(_ prefix: String, _ words: [String]) -> [String] {
    words.filter { $0.hasPrefix(prefix) }
  }
}

/// The words of a command line before the unfinished one.
struct CommandLineBeginning: Equatable {
  /// The words that are neither flags nor values of flags.
  private(set) var plain: [String] = []
  private(set) var values: [String: [String]] = [:]
  /// The flag whose value is unfinished.
  private(set) var openFlag: Flag?

  private static let everyFlag = Command.all.flatMap(\.spec.flags) + GlobalFlags.all

  init(_ words: [String]) {
    for word in words {
      if let flag = openFlag {
        values[flag.name, default: []].append(word)
        openFlag = nil
      } else if word.hasPrefix("-") {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard let flag = Self.everyFlag.first(where: { $0.isMeant(by: parts[0]) }) else { continue }
        if parts.count == 2 {
          values[flag.name, default: []].append(String(parts[1]))
        } else if flag.takesValue {
          openFlag = flag
        }
      } else {
        plain.append(word)
      }
    }
    // Flags of one name may differ between commands.
    if let open = openFlag { openFlag = flag("--\(open.name)") ?? open }
  }

  var command: CommandSpec? {
    Command.all.map(\.spec).filter { $0.isMeant(by: plain) }
      .max { $0.path.count < $1.path.count }
  }

  var operands: [String] { Array(plain.dropFirst(command?.path.count ?? plain.count)) }

  var flags: [Flag] { (command?.flags ?? []) + GlobalFlags.all }

  func flag(_ word: String) -> Flag? { flags.first { $0.isMeant(by: word) } }

  static func == (left: CommandLineBeginning, right: CommandLineBeginning) -> Bool {
    left.plain == right.plain && left.values == right.values
      && left.openFlag?.name == right.openFlag?.name
  }
}

extension Flag {
  func isMeant(by word: some StringProtocol) -> Bool {
    word == "--\(name)" || short.map { word == "-\($0)" } ?? false
  }
}

/// The names of the server that can stand at the cursor.
struct NameQuestion: Equatable {
  let names: ServerNames
  /// The beginning of the name.
  let current: String
  /// The part of the same word before it: `--pipeline=`.
  let behind: String
  private let line: CommandLineBeginning

  init(
    _ names: ServerNames, _ current: String, _ line: CommandLineBeginning, behind: String = ""
  ) {
    self.names = names
    self.current = current
    self.line = line
    self.behind = behind
  }

  /// The global flags of the command line.
  var globalFlags: [String: [String]] {
    line.values.filter { value in GlobalFlags.all.contains { $0.name == value.key } }
  }

  /// The operand before the cursor that has a name of this kind.
  func operand(_ names: ServerNames) -> String? {
    guard let place = line.command?.operands.firstIndex(where: { $0.names == names }),
      place < line.operands.count
    else { return nil }
    return line.operands[place]
  }

  /// The value of a flag.
  func value(_ flag: Flag) -> String? { line.values[flag.name]?.last }

  /// The kind that the first operand of a catalog command names.
  var kind: CatalogKind? {
    guard let operand = line.command?.operands.first, let word = line.operands.first else {
      return nil
    }
    return operand.choice(word).flatMap { word in
      CatalogKind.allCases.first { Noun.isSame(word, $0.rawValue) }
    }
  }
}
