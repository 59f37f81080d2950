/// Swift source without its comments and literals, read as the language's lexer reads it: LF and CR
/// end a line comment, a quote ends a literal, three begin one of several lines.
struct SwiftCode {
  private(set) var text = String.UnicodeScalarView()
  /// Code within a literal, a literal or comment without an end, a block comment.
  private(set) var fault: String?

  init(_ source: String) {
    var rest = Substring(source).unicodeScalars
    while let scalar = rest.first {
      if rest.starts(with: "//".unicodeScalars) {
        rest = rest.drop { $0 != "\n" && $0 != "\r" }
      } else if rest.starts(with: "/*".unicodeScalars) {
        fault = "a block comment"
        return
      } else if rest.starts(with: "\"\"\"".unicodeScalars) {
        rest = rest.dropFirst(3)
        while !rest.starts(with: "\"\"\"".unicodeScalars), !rest.isEmpty { skip(&rest) }
        if rest.isEmpty { fault = "a literal without an end" }
        rest = rest.dropFirst(3)
      } else if scalar == "\"" {
        rest = rest.dropFirst()
        while let next = rest.first, next != "\"" {
          if next == "\n" || next == "\r" { fault = "a literal without an end" }
          skip(&rest)
        }
        rest = rest.dropFirst()
      } else {
        text.append(scalar)
        rest = rest.dropFirst()
      }
    }
  }

  private mutating func skip(_ rest: inout Substring.UnicodeScalarView) {
    if rest.starts(with: "\\(".unicodeScalars) { fault = "code in a literal" }
    rest = rest.dropFirst(rest.first == "\\" ? 2 : 1)
  }

  /// Whether all brackets have their partner.
  var isBalanced: Bool {
    var open: [Unicode.Scalar] = []
    let partners: [Unicode.Scalar: Unicode.Scalar] = [")": "(", "]": "[", "}": "{"]
    for scalar in text {
      switch scalar {
      case "(", "[", "{": open.append(scalar)
      case ")", "]", "}": if open.popLast() != partners[scalar] { return false }
      default: break
      }
    }
    return open.isEmpty
  }
}
