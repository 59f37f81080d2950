/// `v<major>.<minor>`, the version of an API without its patch level; compared by number.
public struct APIVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// 0 to `Int32.max`.
  public let major: Int32
  /// 0 to `Int32.max`.
  public let minor: Int32

  /// - Precondition: neither number is negative.
  public init(major: Int32, minor: Int32) {
    precondition(major >= 0 && minor >= 0)
    self.major = major
    self.minor = minor
  }

  /// Reads exactly `v<major>.<minor>`: decimal digits, no leading zeros, each number at most
  /// 2147483647. Nil for anything else, a patch level included.
  public init?(_ text: some StringProtocol) {
    var bytes = text.utf8.makeIterator()
    guard bytes.next() == UInt8(ascii: "v"),
      let major = Self.number(&bytes, end: UInt8(ascii: ".")),
      let minor = Self.number(&bytes, end: nil)
    else { return nil }
    self.major = major
    self.minor = minor
  }

  public var description: String {
    var text = ShortText()
    text.append("v")
    text.append(UInt64(major.magnitude))
    text.append(".")
    text.append(UInt64(minor.magnitude))
    return text.string
  }

  public static func < (left: APIVersion, right: APIVersion) -> Bool {
    left.major != right.major ? left.major < right.major : left.minor < right.minor
  }

  /// The number up to `end`, or up to the end of the text.
  private static func number(
    _ bytes: inout some IteratorProtocol<UInt8>, end: UInt8?
  ) -> Int32? {
    var value: Int64 = 0
    var digits = 0
    while let byte = bytes.next() {
      if byte == end { return digits > 0 ? Int32(value) : nil }
      guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9"), !(digits == 1 && value == 0)
      else { return nil }
      value = value * 10 + Int64(byte - UInt8(ascii: "0"))
      digits += 1
      guard value <= Int64(Int32.max) else { return nil }
    }
    return end == nil && digits > 0 ? Int32(value) : nil
  }
}
