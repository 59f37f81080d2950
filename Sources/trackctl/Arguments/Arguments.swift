/// A command line that was checked against its command.
struct Arguments: Sendable {
  let command: String
  let operands: [String]
  let values: [String: [String]]

  func has(_ flag: Flag) -> Bool { values[flag.name] != nil }
  func text(_ flag: Flag) -> String? { values[flag.name]?.last }
  func all(_ flag: Flag) -> [String] { values[flag.name] ?? [] }

  /// The operand at a position; nil where the command line is shorter.
  func operand(_ index: Int) -> String? { operands.count > index ? operands[index] : nil }

  /// A whole number from 1.
  func count(_ flag: Flag) throws(UsageError) -> Int? {
    guard let text = text(flag) else { return nil }
    guard let count = Int(text), count > 0, count <= Int(Int32.max) else {
      throw usage("--\(flag.name): '\(text)' is not a number from 1")
    }
    return count
  }

  func bool(_ flag: Flag) throws(UsageError) -> Bool? {
    switch text(flag) {
    case nil: return nil
    case "on", "true", "yes": return true
    case "off", "false", "no": return false
    case let text?: throw usage("--\(flag.name): '\(text)' is neither on nor off")
    }
  }

  func usage(_ message: String) -> UsageError { UsageError(message, command: command) }
}
