import Glibc

/// What a server says must not steer a terminal, nor show people something else than is there. The one
/// place that knows which characters do: controls (C0, DEL, C1), marks of format (which turn the direction
/// of text, or are not seen), and ends of lines and paragraphs.
enum Characters {
  static func steers(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }

  /// A text on one line: U+FFFD for each of them, a space for ends of lines and tabs.
  static func line(_ text: String) -> String {
    replaced(text) { $0 == "\n" || $0 == "\t" ? " " : "\u{FFFD}" }
  }

  /// A text with its lines and tabs, otherwise the same. The end of a line of Windows is one of ours.
  static func lines(_ text: String) -> String {
    replaced(text.replacing("\r\n", with: "\n")) { $0 == "\n" || $0 == "\t" ? $0 : "\u{FFFD}" }
  }

  /// JSON in which they are escaped (RFC 8259 7): it means the same. They stand in texts only.
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

  /// Whether stdout is a terminal, which characters could steer; files and programs get texts as they are.
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
