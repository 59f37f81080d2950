/// What a command takes, for the parser, the help text and the completion.
struct CommandSpec: Sendable {
  /// The words that choose it: `tracks list`.
  let path: [String]
  /// One line for lists of commands.
  let summary: String
  /// What else there is to know.
  var details = ""
  var operands: [Operand] = []
  var flags: [Flag] = []
  /// Whole command lines, each with what it is for.
  var examples: [(line: String, purpose: String)] = []

  var name: String { path.joined(separator: " ") }
}

/// A word that stands by itself.
struct Operand: Sendable {
  let name: String
  let help: String
  var isOptional = false
  /// Any number of words may stand there; the last operand only.
  var repeats = false
  /// The words that it may be; any where there are none.
  var choices: [String] = []
}

/// `--name`, or `--name VALUE`.
struct Flag: Sendable {
  enum Value: Sendable {
    case none
    /// A word, by this name in the help.
    case text(String)
    case choice([String])
    case file(String)
  }

  let name: String
  var short: Character?
  var value = Value.none
  let help: String
  /// May be given several times.
  var repeats = false

  init(_ name: String, short: Character? = nil, _ help: String) {
    self.name = name
    self.short = short
    self.help = help
  }

  init(
    _ name: String, short: Character? = nil, _ value: Value, repeats: Bool = false, _ help: String
  ) {
    self.init(name, short: short, help)
    self.value = value
    self.repeats = repeats
  }

  var takesValue: Bool {
    if case .none = value { false } else { true }
  }

  /// As the help shows it: `-o, --output table|json`.
  var synopsis: String {
    let names = short.map { "-\($0), --\(name)" } ?? "--\(name)"
    return switch value {
    case .none: names
    case .text(let word), .file(let word): "\(names) \(word)"
    case .choice(let words): "\(names) \(words.joined(separator: "|"))"
    }
  }
}
