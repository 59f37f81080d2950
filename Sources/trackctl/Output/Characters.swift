import Glibc

/// Text from a server must not control a terminal, nor show people something other than what it
/// holds. This is the one place that knows the dangerous characters: controls (C0, DEL, C1), format
/// characters (which change the direction of text, or are invisible), and separators of lines and
/// paragraphs.
enum Characters {
  static func steers(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }

  /// The text on one line: U+FFFD for each dangerous character, a space for ends of lines and tabs.
  static func line(_ text: String) -> String {
    replaced(text) { $0 == "\n" || $0 == "\t" ? " " : "\u{FFFD}" }
  }

  /// The same, but keeps lines and tabs. The line ends of Windows become plain ones.
  static func lines(_ text: String) -> String {
    replaced(text.replacing("\r\n", with: "\n")) { $0 == "\n" || $0 == "\t" ? $0 : "\u{FFFD}" }
  }

  /// The same JSON with these characters escaped (RFC 8259 section 7). They occur only in its
  /// texts.
  static func json(_ json: String) -> String {
    var result = ""
    for scalar in json.unicodeScalars {
      if steers(scalar) {
        for unit in String(scalar).utf16 {
          let digits = String(unit, radix: 16)
          result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// Whether stdout is a terminal. Files and programs get texts unchanged.
  static var areSeen: Bool { isatty(STDOUT_FILENO) == 1 }

  private static func replaced(
    _ text: String, _ replacement: (Unicode.Scalar) -> Unicode.Scalar
  ) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      result.append(steers(scalar) ? replacement(scalar) : scalar)
    }
    return String(result)
  }
}
