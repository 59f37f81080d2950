/// Writes block-style YAML: keys as they are, all texts double-quoted, so that no text can be taken
/// for anything else.
struct YAMLWriter {
  private(set) var text = ""
  private var indentation = 0
  /// Set behind the dash of a list's entry, whose first line continues there.
  private var isBehindDash = false

  /// Begins a document.
  mutating func document() {
    text += "---\n"
  }

  mutating func field(_ key: String, _ value: String) {
    line("\(key): \(Self.quoted(value))")
  }

  mutating func field(_ key: String, _ value: Int) {
    line("\(key): \(value)")
  }

  /// An unquoted word of Kubernetes.
  mutating func field(_ key: String, word: StaticString) {
    line("\(key): \(word)")
  }

  mutating func map(_ key: String, _ body: (inout YAMLWriter) -> Void) {
    line("\(key):")
    indentation += 1
    body(&self)
    indentation -= 1
  }

  /// A map of texts; left out when it is empty.
  mutating func map(_ key: String, _ entries: [(String, String)]) {
    if entries.isEmpty { return }
    map(key) { yaml in
      for (key, value) in entries { yaml.field(key, value) }
    }
  }

  /// A list of maps, each with at least one field; left out when it is empty.
  mutating func list<T>(_ key: String, _ elements: [T], _ body: (inout YAMLWriter, T) -> Void) {
    if elements.isEmpty { return }
    line("\(key):")
    for element in elements {
      text += String(repeating: "  ", count: indentation) + "- "
      isBehindDash = true
      indentation += 1
      body(&self, element)
      indentation -= 1
    }
  }

  private mutating func line(_ line: String) {
    if !isBehindDash { text += String(repeating: "  ", count: indentation) }
    isBehindDash = false
    text += line
    text += "\n"
  }

  /// A double-quoted text (YAML 1.2 section 7.3.1, as JSON has it).
  static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x22: quoted += "\\\""
      case 0x5C: quoted += "\\\\"
      case 0x0A: quoted += "\\n"
      case 0x2028, 0x2029: quoted += "\\u" + hex(scalar.value)
      case 0x20...0x7E, 0xA0...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD, 0x10000...0x10FFFF:
        quoted.unicodeScalars.append(scalar)
      default: quoted += "\\u" + hex(scalar.value)
      }
    }
    return quoted + "\""
  }

  /// Four digits; for scalars below 0x10000.
  private static func hex(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }
}
