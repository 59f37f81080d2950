/// Text of a contract in Swift source.
enum SwiftLiteral {
  /// A string literal with exactly this text.
  static func string(_ text: String) -> String {
    var literal = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": literal += "\\\(scalar)"
      case _ where isPlain(scalar): literal.unicodeScalars.append(scalar)
      default: literal += "\\u{\(String(scalar.value, radix: 16))}"
      }
    }
    return literal + "\""
  }

  /// The text with U+FFFD for what a line of source must not hold: besides control characters those
  /// that change the direction of writing, with which a comment can look like code.
  static func line(_ text: some StringProtocol) -> String {
    var line = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      line.append(isPlain(scalar) || scalar == "\t" || isJoiner(scalar) ? scalar : "\u{FFFD}")
    }
    return String(line)
  }

  /// Whether a scalar stands for itself on one line, and is not invisible.
  static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: false
    default: true
    }
  }

  /// U+200C and U+200D, which emoji and some scripts need within words.
  private static func isJoiner(_ scalar: Unicode.Scalar) -> Bool {
    (0x200C...0x200D).contains(scalar.value)
  }
}
