/// A value of a row, or of a statement's parameter. Texts are equal when their bytes are: databases
/// tell apart what Swift takes for the same text.
package enum StoredValue: Hashable, Sendable {
  case null
  case number(Int64)
  case text(String)
  case bytes([UInt8])

  package static func == (one: StoredValue, other: StoredValue) -> Bool {
    switch (one, other) {
    case (.null, .null): true
    case (.number(let one), .number(let other)): one == other
    case (.text(let one), .text(let other)): one.utf8.elementsEqual(other.utf8)
    case (.bytes(let one), .bytes(let other)): one == other
    case (.null, _), (.number, _), (.text, _), (.bytes, _): false
    }
  }

  package func hash(into hasher: inout Hasher) {
    switch self {
    case .null: hasher.combine(0)
    case .number(let number): hasher.combine(number)
    case .text(let text): for byte in text.utf8 { hasher.combine(byte) }
    case .bytes(let bytes): hasher.combine(bytes)
    }
  }

  /// About how many bytes it takes.
  package var size: Int {
    switch self {
    case .null, .number: 8
    case .text(let text): text.utf8.count
    case .bytes(let bytes): bytes.count
    }
  }
}

package extension Statement {
  /// - Parameter first: the number of the first value's parameter.
  func bind(_ values: [StoredValue], from first: Int32 = 1) {
    var index = first
    for value in values {
      switch value {
      case .null: bindNull(index)
      case .number(let number): bind(index, number)
      case .text(let text): bind(index, text)
      case .bytes(let bytes): bind(index, bytes)
      }
      index += 1
    }
  }
}
