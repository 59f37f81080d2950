/// Matches the regular expressions of the schema, without backtracking.
struct SchemaPattern {
  private var rest: ArraySlice<UInt8>

  init(_ text: String) {
    rest = Array(text.utf8)[...]
  }

  var isAtEnd: Bool { rest.isEmpty }

  /// Skips `text`, if it is next.
  mutating func skip(_ text: String) -> Bool {
    guard rest.starts(with: text.utf8) else { return false }
    rest = rest.dropFirst(text.utf8.count)
    return true
  }

  /// Skips all bytes that satisfy `belongs`; returns whether there was at least one.
  mutating func skipAll(_ belongs: (UInt8) -> Bool) -> Bool {
    let count = rest.count
    rest = rest.drop(while: belongs)
    return rest.count < count
  }

  /// `[a-zA-Z0-9_-]+`
  mutating func skipHandle() -> Bool {
    skipAll { isAlphanumeric($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
  }

  /// `\d+(\.\d+)*`, with at most `parts` numbers.
  mutating func skipNumbers(atMost parts: Int = .max) -> Bool {
    guard skipAll(isDigit) else { return false }
    var count = 1
    while count < parts, rest.first == UInt8(ascii: "."),
      rest.dropFirst().first.map(isDigit) == true
    {
      rest = rest.dropFirst()
      _ = skipAll(isDigit)
      count += 1
    }
    return true
  }

  /// Whether the rest of the text is one of `texts`.
  func ends(with texts: [String]) -> Bool {
    texts.contains { rest.elementsEqual($0.utf8) }
  }
}

func isDigit(_ byte: UInt8) -> Bool {
  byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
}

func isLowerLetter(_ byte: UInt8) -> Bool {
  byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z")
}

func isAlphanumeric(_ byte: UInt8) -> Bool {
  isLowerLetter(byte | 0x20) || isDigit(byte)
}
