import Glibc

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
    case (.text(let one), .text(let other)): Self.bytesEqual(one, other)
    case (.bytes(let one), .bytes(let other)): one == other
    case (.null, _), (.number, _), (.text, _), (.bytes, _): false
    }
  }

  package func hash(into hasher: inout Hasher) {
    switch self {
    case .null: hasher.combine(0)
    case .number(let number): hasher.combine(number)
    case .text(let text):
      unsafe text.utf8.span.bytes.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
    case .bytes(let bytes): hasher.combine(bytes)
    }
  }

  private static func bytesEqual(_ one: String, _ other: String) -> Bool {
    let (one, other) = (one.utf8.span, other.utf8.span)
    guard one.count == other.count else { return false }
    return unsafe one.withUnsafeBufferPointer { one in
      unsafe other.withUnsafeBufferPointer { other in
        guard let first = one.baseAddress, let second = other.baseAddress else {
          return true
        }
        return unsafe memcmp(first, second, one.count) == 0
      }
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
