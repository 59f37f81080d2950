/// A command line that cannot be followed.
struct UsageError: Error {
  let message: String
}

/// The flags of a command line, `--name=value` or `--name value`, each given once.
struct Flags {
  private var values: [String: String] = [:]

  /// - Parameter names: the flags that the command has, without dashes.
  init(_ arguments: ArraySlice<String>, names: [String]) throws(UsageError) {
    var rest = arguments
    while let argument = rest.popFirst() {
      guard argument.hasPrefix("--") else { throw UsageError(message: "'\(argument)' is no flag") }
      let parts = argument.dropFirst(2).split(
        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0])
      guard names.contains(name) else { throw UsageError(message: "there is no flag --\(name)") }
      guard values[name] == nil else { throw UsageError(message: "--\(name) is given twice") }
      guard let value = parts.count > 1 ? String(parts[1]) : rest.popFirst() else {
        throw UsageError(message: "--\(name) needs a value")
      }
      values[name] = value
    }
  }

  subscript(name: String) -> String? { values[name] }

  func required(_ name: String) throws(UsageError) -> String {
    guard let value = values[name] else { throw UsageError(message: "--\(name) is missing") }
    return value
  }

  /// The whole number of a flag, at least `minimum`; nil when the flag is not given.
  func number<Number: FixedWidthInteger>(
    _ name: String, as type: Number.Type = Number.self, minimum: Number = 0
  ) throws(UsageError) -> Number? {
    guard let text = values[name] else { return nil }
    guard let number = Number(text), number >= minimum else {
      throw UsageError(message: "--\(name) takes a number from \(minimum) to \(Number.max)")
    }
    return number
  }
}
