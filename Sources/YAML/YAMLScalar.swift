/// The types that plain scalars may be taken for.
public enum YAMLScalar {
  /// Whether a reader of YAML 1.1 or 1.2 may take the plain `text` for another type than text:
  /// null, a boolean, a number, a time, a merge key. In doubt, yes.
  public static func mayBeRetyped(_ text: String) -> Bool {
    guard let first = text.utf8.first else { return true }
    switch first {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"),
      UInt8(ascii: "."), UInt8(ascii: "~"), UInt8(ascii: "="), UInt8(ascii: "<"):
      return true
    default:
      return text.utf8.count <= 8 && words.contains(text.lowercased())
    }
  }

  private static let words: Set<String> = [
    "null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf", "infinity",
  ]

  /// Whether `text` can stand plain, as a value or a key on a line of its own.
  public static func canBePlain(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard let first = bytes.first, let last = bytes.last, first != 0x20, last != 0x20,
      bytes.allSatisfy({ (0x20...0x7E).contains($0) })
    else { return false }
    if ",[]{}#&*!|>'\"%@`".utf8.contains(first) { return false }
    if "?:-".utf8.contains(first), bytes.count == 1 || bytes[1] == 0x20 { return false }
    if last == UInt8(ascii: ":") || text.hasPrefix("---") || text.hasPrefix("...") { return false }
    return !zip(bytes, bytes.dropFirst()).contains { first, second in
      first == UInt8(ascii: ":") && second == 0x20
        || first == 0x20 && second == UInt8(ascii: "#")
    }
  }

  /// `text` in double quotes.
  public static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case "\r": result += "\\r"
      case _ where isPrintable(scalar): result.unicodeScalars.append(scalar)
      default: result += escaped(scalar.value)
      }
    }
    return result + "\""
  }

  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned,
      .surrogate:
      false
    default: true
    }
  }

  private static func escaped(_ value: UInt32) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    let (letter, width) = value <= 0xFF ? ("x", 2) : value <= 0xFFFF ? ("u", 4) : ("U", 8)
    return "\\" + letter + String(repeating: "0", count: width - digits.count) + digits
  }
}
