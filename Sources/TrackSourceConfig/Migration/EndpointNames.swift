/// Makes names that component.yaml allows from the names of endpoints in legacy files, which may be
/// any text.
enum EndpointNames {
  private static let maximumLength = 50

  /// A name for each of `names`, all different. The first use of a legal name stays as it is; other
  /// names are derived from the old ones.
  static func legal(_ names: [String]) -> [String] {
    var taken: Set<String> = []
    let kept = names.map { isLegal($0) && taken.insert($0).inserted }
    var suffixes: [String: Int] = [:]
    return zip(names, kept).map { name, isKept in
      if isKept { return name }
      let base = isLegal(name) ? name : slug(name)
      var candidate = base
      var number = suffixes[base] ?? 1
      while !taken.insert(candidate).inserted {
        number += 1
        candidate = with("-\(number)", after: base)
      }
      suffixes[base] = number
      return candidate
    }
  }

  /// The display name: cut to the 50 UTF-16 code units that the schema allows.
  static func display(_ name: String) -> String {
    var result = ""
    var length = 0
    for character in name.map({ isControl($0) ? " " : $0 }) {
      length += character.utf16.count
      if length > maximumLength { break }
      result.append(character)
    }
    return result
  }

  private static func isControl(_ character: Character) -> Bool {
    character.unicodeScalars.contains { $0.properties.generalCategory == .control }
  }

  static func isLegal(_ name: String) -> Bool {
    let bytes = name.utf8
    return (1...maximumLength).contains(bytes.count) && bytes.first.map(isLowerLetter) == true
      && bytes.allSatisfy { isLowerLetter($0) || isDigit($0) || "_-".utf8.contains($0) }
  }

  /// Lower case; a `-` for each run of other characters; `ep-` before a digit; at most 50
  /// characters.
  private static func slug(_ name: String) -> String {
    var slug = ""
    for byte in name.utf8 {
      if isAlphanumeric(byte) || byte == UInt8(ascii: "_") {
        slug.unicodeScalars.append(
          Unicode.Scalar(isDigit(byte) || byte == 0x5F ? byte : byte | 0x20))
      } else if slug.utf8.last != UInt8(ascii: "-") {
        slug += "-"
      }
    }
    let trimmed = slug.drop { $0 == "-" || $0 == "_" }
    guard let first = trimmed.utf8.first else { return "endpoint" }
    return cut((isDigit(first) ? "ep-" : "") + trimmed, to: maximumLength)
  }

  private static func with(_ suffix: String, after base: String) -> String {
    cut(base, to: maximumLength - suffix.utf8.count) + suffix
  }

  /// The beginning of an ASCII text, without `-` at its end.
  private static func cut(_ text: String, to length: Int) -> String {
    var cut = String(text.prefix(length))
    while cut.hasSuffix("-") { cut.removeLast() }
    return cut
  }
}
