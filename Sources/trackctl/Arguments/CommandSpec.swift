/// The operands and flags of a command, for the parser, the help text and the completion.
struct CommandSpec: Sendable {
  /// The words that select it: `tracks list`.
  let path: [String]
  /// One line for lists of commands.
  let summary: String
  /// Further help.
  var details = ""
  var operands: [Operand] = []
  var flags: [Flag] = []
  /// Whole command lines, each with its purpose.
  var examples: [(line: String, purpose: String)] = []

  var name: String { path.joined(separator: " ") }

  /// The operand at a position, from 0; nil where there is none.
  func operand(at index: Int) -> Operand? {
    if index < operands.count { return operands[index] }
    return operands.last.flatMap { $0.repeats ? $0 : nil }
  }

  /// Whether a word fits a position of the path. The noun of a group of commands may be singular or
  /// plural: `track list`, `tracks list`.
  func takes(_ word: String, at index: Int) -> Bool {
    word == path[index] || index == 0 && path.count > 1 && Noun.isSame(word, path[index])
  }

  /// Whether words begin with the whole path.
  func isMeant(by words: [String]) -> Bool {
    words.count >= path.count && path.indices.allSatisfy { takes(words[$0], at: $0) }
  }

  /// Whether the path begins with words.
  func begins(with words: [String]) -> Bool {
    words.count <= path.count && words.indices.allSatisfy { takes(words[$0], at: $0) }
  }
}

/// Nouns of the command line, whose plurals end in s.
enum Noun {
  /// Whether a word is the noun, in either number.
  static func isSame(_ word: String, _ noun: String) -> Bool {
    word == noun || word == (noun.hasSuffix("s") ? String(noun.dropLast()) : noun + "s")
  }
}

/// Names that only the server knows, for the completion of an operand or a flag.
enum ServerNames: Sendable {
  case organization, project, component, environment, pipeline, track, image, deployment
  /// Of the track: variables that a user has set, and the numbers of configurations.
  case variable, configRevision
  /// Names of the kind that the first operand names.
  case ofKind
  /// Names of the owners of that kind.
  case ownerOfKind
}

/// A word of the command line that is not a flag.
struct Operand: Sendable {
  let name: String
  let help: String
  var isOptional = false
  /// Any number of words may stand here; only the last operand.
  var repeats = false
  /// The allowed words; any word if empty.
  var choices: [String] = []
  /// The words are nouns in either number.
  var takesBothNumbers = false
  var names: ServerNames?

  /// The choice that the word stands for; nil for none.
  func choice(_ word: String) -> String? {
    choices.first { $0 == word }
      ?? (takesBothNumbers ? choices.first { Noun.isSame(word, $0) } : nil)
  }
}

/// `--name`, or `--name VALUE`.
struct Flag: Sendable {
  enum Value: Sendable {
    case none
    /// A value, with its name in the help.
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
  /// May be empty although it is one of several words.
  var takesEmpty = false
  var names: ServerNames?

  init(_ name: String, short: Character? = nil, _ help: String) {
    self.name = name
    self.short = short
    self.help = help
  }

  init(
    _ name: String, short: Character? = nil, _ value: Value, repeats: Bool = false,
    takesEmpty: Bool = false, names: ServerNames? = nil, _ help: String
  ) {
    self.init(name, short: short, help)
    self.value = value
    self.repeats = repeats
    self.takesEmpty = takesEmpty
    self.names = names
  }

  var takesValue: Bool {
    if case .none = value { false } else { true }
  }

  /// The flag in the help: `-o, --output table|json`.
  var synopsis: String {
    let names = short.map { "-\($0), --\(name)" } ?? "--\(name)"
    return switch value {
    case .none: names
    case .text(let word), .file(let word): "\(names) \(word)"
    case .choice(let words): "\(names) \(words.joined(separator: "|"))"
    }
  }
}
