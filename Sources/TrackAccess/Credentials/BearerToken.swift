/// The value of an `authorization` field (RFC 6750 section 2.1).
public enum BearerToken {
  private static let scheme = Array("bearer".utf8)

  /// The token. The scheme's case does not matter (RFC 9110 section 11.1); other schemes, several
  /// tokens, and anything else than a token are refused.
  public static func read(_ field: ArraySlice<UInt8>) throws(CredentialFault) -> ArraySlice<UInt8> {
    guard field.count > scheme.count,
      zip(field, scheme).allSatisfy({ $0 | 0x20 == $1 }),
      field[field.startIndex + scheme.count] == UInt8(ascii: " ")
    else { throw .malformed }
    let token = field.dropFirst(scheme.count).drop { $0 == UInt8(ascii: " ") }
    guard !token.isEmpty, isToken68(token) else { throw .malformed }
    return token
  }

  /// RFC 9110 section 11.2: `=` only at the end.
  private static func isToken68(_ token: ArraySlice<UInt8>) -> Bool {
    var rest = token
    while rest.last == UInt8(ascii: "=") { rest.removeLast() }
    return !rest.isEmpty
      && rest.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
          UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "+"), UInt8(ascii: "/"):
          true
        default: false
        }
      }
  }
}
