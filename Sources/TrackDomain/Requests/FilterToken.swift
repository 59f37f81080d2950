/// A piece of a filter's text.
enum FilterToken: Hashable, CustomStringConvertible {
  case word(String)
  case quoted(String)
  case comparator(TrackFilter.Comparator)

  /// The token as the right side of a comparison; nil if it cannot be one.
  var value: String? {
    switch self {
    case .word(let text), .quoted(let text): text
    case .comparator: nil
    }
  }

  var description: String {
    switch self {
    case .word(let text), .quoted(let text): "'\(Self.shortened(text))'"
    case .comparator: "an operator"
    }
  }

  /// A caller's text as error messages repeat it: at most 40 characters.
  static func shortened(_ text: String) -> String {
    text.unicodeScalars.count > 40 ? String(text.unicodeScalars.prefix(40)) + "..." : text
  }

  /// All pieces of `text`.
  static func all(in text: String) throws(InvalidValue) -> [FilterToken] {
    var tokens: [FilterToken] = []
    var rest = Substring(text).unicodeScalars
    while let first = rest.first {
      switch first {
      case " ", "\t", "\n", "\r": rest.removeFirst()
      case "\"", "'": tokens.append(.quoted(try quoted(&rest)))
      case "=", "!", "<", ">": tokens.append(.comparator(try comparator(&rest)))
      default:
        let word = rest.prefix { !isEnd($0) }
        guard !word.isEmpty else { throw FilterParser.invalid("'\(first)' is out of place") }
        rest.removeFirst(word.count)
        tokens.append(.word(String(word)))
      }
    }
    return tokens
  }

  /// Whether a word ends before `scalar`.
  private static func isEnd(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case " ", "\t", "\n", "\r", "\"", "'", "=", "!", "<", ">", "(", ")", ",": true
    default: scalar.value < 0x20 || scalar.value == 0x7F
    }
  }

  private static func comparator(
    _ rest: inout Substring.UnicodeScalarView
  ) throws(InvalidValue) -> TrackFilter.Comparator {
    let first = rest.removeFirst()
    let isPair = rest.first == "="
    if isPair { rest.removeFirst() }
    switch (first, isPair) {
    case ("=", false): return .equal
    case ("!", true): return .notEqual
    case ("<", false): return .less
    case ("<", true): return .lessOrEqual
    case (">", false): return .greater
    case (">", true): return .greaterOrEqual
    default: throw FilterParser.invalid("operators are = != < > <= and >=")
    }
  }

  private static func quoted(
    _ rest: inout Substring.UnicodeScalarView
  ) throws(InvalidValue) -> String {
    let quote = rest.removeFirst()
    var text = String.UnicodeScalarView()
    while let scalar = rest.popFirst() {
      if scalar == quote { return String(text) }
      guard scalar == "\\" else {
        text.append(scalar)
        continue
      }
      guard let escaped = rest.popFirst(), escaped == "\\" || escaped == "\"" || escaped == "'"
      else { throw FilterParser.invalid("a backslash stands before a quote or a backslash only") }
      text.append(escaped)
    }
    throw FilterParser.invalid("a quoted value does not end")
  }
}
