/// Checks the characters of a document before it is parsed.
public enum YAMLText {
  /// YAML's byte order mark, in UTF-8.
  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  public static func withoutMark(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
    bytes.starts(with: byteOrderMark) ? bytes.dropFirst(3) : bytes[...]
  }

  /// The bytes without a byte order mark. They are UTF-8, hold only characters that YAML allows,
  /// and are within the limits.
  static func check(_ bytes: [UInt8], _ limits: YAMLLimits) throws(YAMLError) -> [UInt8] {
    guard bytes.count <= limits.bytes else {
      throw YAMLError(position: .start, message: "must have at most \(limits.bytes) bytes")
    }
    let text = Array(withoutMark(bytes))
    var position = YAMLPosition.start
    var decoder = Unicode.UTF8()
    var iterator = text.makeIterator()
    var lastWasReturn = false
    var directives = 0
    while true {
      switch decoder.decode(&iterator) {
      case .emptyInput: return text
      case .error:
        throw YAMLError(position: position, message: "must be UTF-8")
      case .scalarValue(let scalar):
        guard isAllowed(scalar) else {
          throw YAMLError(position: position, message: "must not hold \(name(of: scalar))")
        }
        if scalar == "%", position.column == 1 {
          directives += 1
          guard directives <= limits.directives else {
            throw YAMLError(
              position: position,
              message: "must have at most \(limits.directives) lines that begin with '%'")
          }
        }
        advance(&position, over: scalar, lastWasReturn: lastWasReturn)
        lastWasReturn = scalar == "\r"
      }
    }
  }

  private static func advance(
    _ position: inout YAMLPosition, over scalar: Unicode.Scalar, lastWasReturn: Bool
  ) {
    position.offset += 1
    switch scalar {
    case "\n" where lastWasReturn: break
    case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}":
      position.line += 1
      position.column = 1
    default: position.column += 1
    }
  }

  /// The printable characters of YAML 1.1 and 1.2, section 5.1. A byte order mark is allowed at the
  /// start only.
  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0A, 0x0D, 0x20...0x7E, 0x85, 0xA0...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD,
      0x10000...0x10FFFF:
      true
    default: false
    }
  }

  private static func name(of scalar: Unicode.Scalar) -> String {
    switch scalar.value {
    case 0: "a NUL"
    case 0xFEFF: "a byte order mark but at its start"
    default: "the control character U+" + String(scalar.value, radix: 16, uppercase: true)
    }
  }
}
