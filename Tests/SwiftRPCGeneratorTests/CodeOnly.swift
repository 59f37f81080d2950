/// Swift source without its comments and string literals, read as the language's lexer reads it: LF
/// and CR end a line comment, a quote ends a literal.
struct CodeOnly {
  private(set) var text = ""

  init(_ source: String) {
    var rest = Substring(source).unicodeScalars
    while let scalar = rest.first {
      if rest.starts(with: "//".unicodeScalars) {
        rest = rest.drop { $0 != "\n" && $0 != "\r" }
      } else if scalar == "\"" {
        rest = rest.dropFirst()
        while let next = rest.first, !["\"", "\n", "\r"].contains(next) {
          // `\(` begins code again, which ends at the next parenthesis for this purpose.
          if rest.starts(with: "\\(".unicodeScalars) { text += "interpolation" }
          rest = rest.dropFirst(next == "\\" ? 2 : 1)
        }
        rest = rest.dropFirst()
      } else {
        text.unicodeScalars.append(scalar)
        rest = rest.dropFirst()
      }
    }
  }
}
