/// The number of terminal columns of a text: none for combining marks, two for wide characters
/// (East Asian Width W and F, Unicode Standard Annex 11; emoji), one for all others.
enum TextWidth {
  static func columns(_ text: String) -> Int {
    // The common case: every byte is a column.
    if text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) { return text.utf8.count }
    return text.reduce(0) { $0 + columns($1) }
  }

  /// The beginning of a text that takes at most `limit` columns.
  static func prefix(_ text: String, columns limit: Int) -> Substring {
    var end = text.startIndex
    var used = 0
    for index in text.indices {
      used += columns(text[index])
      guard used <= limit else { break }
      end = text.index(after: index)
    }
    return text[..<end]
  }

  static func columns(_ character: Character) -> Int {
    var columns = 0
    var isFirst = true
    for scalar in character.unicodeScalars {
      if scalar == "\u{FE0F}" {
        // Selects the colourful form of a character that also has a plain one.
        columns = max(columns, 2)
      } else if isFirst || !scalar.properties.isEmojiModifier {
        columns += Self.columns(scalar)
      }
      isFirst = false
    }
    return columns
  }

  private static func columns(_ scalar: Unicode.Scalar) -> Int {
    switch scalar.value {
    case 0x20..<0x7F: return 1
    // Half of a flag.
    case 0x1F1E6...0x1F1FF: return 1
    // Vowels and final consonants of Hangul, which join the wide consonant before them.
    case 0x1160...0x11FF, 0xD7B0...0xD7FF: return 0
    default: break
    }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .control, .format: return 0
    default: return isWide(scalar) ? 2 : 1
    }
  }

  private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case ..<0x1100: false
    case 0x1100...0x115F,  // Hangul consonants
      0x2329...0x232A,  // angle brackets
      0x2E80...0x303E,  // CJK radicals and punctuation
      0x3041...0x3247, 0x3250...0x4DBF,  // kana, enclosed letters, CJK extension A
      0x4E00...0xA4CF,  // CJK, Yi
      0xA960...0xA97F, 0xAC00...0xD7A3,  // Hangul
      0xF900...0xFAFF,  // CJK compatibility
      0xFE10...0xFE19, 0xFE30...0xFE6F,  // vertical and small forms
      0xFF01...0xFF60, 0xFFE0...0xFFE6,  // full width forms
      0x16FE0...0x18D08, 0x1AFF0...0x1B2FB,  // Tangut, Khitan, kana supplements, Nushu
      0x1F200...0x1F265,  // enclosed ideographs
      0x20000...0x3FFFD:  // CJK extensions B and later
      true
    default: scalar.properties.isEmojiPresentation
    }
  }
}
