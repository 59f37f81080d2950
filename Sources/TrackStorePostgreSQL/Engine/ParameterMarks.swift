/// The text of a query as PostgreSQL takes it: parameters are `$1` instead of `?1`.
struct ParameterMarks: Hashable, Sendable {
  private(set) var text = ""
  /// The highest number of a parameter.
  private(set) var count = 0

  /// Rewrites `?N` wherever it is a parameter: not in strings, quoted names, and comments.
  init(_ query: String) {
    var rest = Substring(query)
    while let first = rest.first {
      if let end = Self.endOfQuote(rest, after: text.last) {
        text += rest[..<end]
        rest = rest[end...]
      } else if first == "?", let number = Self.number(rest.dropFirst()) {
        text += "$\(number)"
        count = max(count, Int(number) ?? 0)
        rest = rest[number.endIndex...]
      } else {
        text.append(first)
        rest.removeFirst()
      }
    }
  }

  private static func number(_ rest: Substring) -> Substring? {
    let digits = rest.prefix { ("0"..."9").contains($0) }
    return digits.isEmpty ? nil : digits
  }

  /// Where the string, quoted name or comment ends that begins here; nil where none does.
  ///
  /// - Parameter previous: the character before it.
  private static func endOfQuote(_ rest: Substring, after previous: Character?) -> String.Index? {
    switch rest.first {
    // A doubled quote ends one string and begins the next.
    case "'": end(rest, "'", escapes: previous == "E" || previous == "e")
    case "\"": end(rest, "\"", escapes: false)
    case "-" where rest.hasPrefix("--"): rest.firstIndex(of: "\n") ?? rest.endIndex
    case "/" where rest.hasPrefix("/*"): endOfComment(rest)
    case "$": endOfDollars(rest)
    default: nil
    }
  }

  /// - Parameter escapes: whether a backslash takes the next character's meaning away.
  private static func end(_ rest: Substring, _ quote: Character, escapes: Bool) -> String.Index {
    var isEscaped = false
    for index in rest.indices.dropFirst() {
      if rest[index] == quote && !isEscaped { return rest.index(after: index) }
      isEscaped = escapes && rest[index] == "\\" && !isEscaped
    }
    return rest.endIndex
  }

  /// Comments nest.
  private static func endOfComment(_ rest: Substring) -> String.Index {
    var depth = 0
    var rest = rest
    repeat {
      if rest.hasPrefix("/*") {
        depth += 1
        rest = rest.dropFirst(2)
      } else if rest.hasPrefix("*/") {
        depth -= 1
        rest = rest.dropFirst(2)
      } else {
        rest = rest.dropFirst()
      }
    } while depth > 0 && !rest.isEmpty
    return rest.startIndex
  }

  /// `$$ ... $$` and `$name$ ... $name$`.
  private static func endOfDollars(_ rest: Substring) -> String.Index? {
    let name = rest.dropFirst().prefix { $0.isLetter || $0.isNumber || $0 == "_" }
    if name.first?.isNumber == true { return nil }
    guard name.endIndex < rest.endIndex, rest[name.endIndex] == "$" else { return nil }
    let quote = rest[...name.endIndex]
    var body = rest[name.endIndex...].dropFirst()
    while !body.isEmpty {
      if body.hasPrefix(quote) { return body.index(body.startIndex, offsetBy: quote.count) }
      body = body.dropFirst()
    }
    return rest.endIndex
  }
}
