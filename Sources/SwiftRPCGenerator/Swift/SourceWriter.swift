/// Collects lines of source, indented.
struct SourceWriter {
  private(set) var text = ""
  private var indentation = 0

  mutating func line(_ line: String = "") {
    if line.isEmpty {
      text += "\n"
    } else {
      text += String(repeating: "  ", count: indentation) + line + "\n"
    }
  }

  /// `opening {`, the lines of `body` one step to the right, `}`.
  mutating func block(_ opening: String, closing: String = "}", _ body: (inout Self) -> Void) {
    line(opening + " {")
    indent(body)
    line(closing)
  }

  mutating func indent(_ body: (inout Self) -> Void) {
    indentation += 1
    body(&self)
    indentation -= 1
  }

  /// A docstring; nothing when there is no text.
  mutating func documentation(_ comment: String?) {
    for text in Self.lines(of: comment) { line(text.isEmpty ? "///" : "/// " + text) }
  }

  /// A docstring that ends with a paragraph of the generator's own.
  mutating func documentation(_ comment: String?, last paragraph: String) {
    documentation(comment)
    if !Self.lines(of: comment).isEmpty { line("///") }
    line("/// " + paragraph)
  }

  /// Splits a comment of a .proto file into lines, without the space behind its slashes. Each
  /// character that begins a line in Unicode begins one here: Swift's comments end at CR too.
  static func lines(of comment: String?) -> [String] {
    guard let comment else { return [] }
    var lines = comment.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .map { line in
        let text = line.hasPrefix(" ") ? line.dropFirst() : line
        return SwiftLiteral.line(
          String(text.reversed().drop { $0 == " " || $0 == "\t" }.reversed()))
      }
    while lines.last?.isEmpty == true { lines.removeLast() }
    while lines.first?.isEmpty == true { lines.removeFirst() }
    return lines
  }
}
