/// 128 bits that stand for a value: equal values have equal digests, different values practically
/// never.
///
/// FNV-1a. It finds mistakes. It does not withstand a search for collisions, by which a caller
/// could deceive only itself here.
public struct Digest: Sendable, Hashable {
  public private(set) var high: UInt64
  public private(set) var low: UInt64

  /// The digest of nothing.
  public init() {
    self.init(high: 0x6C62_272E_07BB_0142, low: 0x62B8_2175_6295_C58D)
  }

  /// A digest that was stored.
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  public mutating func combine(_ byte: UInt8) {
    // Times the FNV prime 2^88 + 0x13B, modulo 2^128.
    let value = low ^ UInt64(byte)
    let (carry, product) = value.multipliedFullWidth(by: 0x13B)
    high = high &* 0x13B &+ carry &+ (value << 24)
    low = product
  }

  /// Length and UTF-8, so that ("ab", "c") and ("a", "bc") differ.
  public mutating func combine(_ text: String) {
    combine(UInt64(text.utf8.count))
    for byte in text.utf8 { combine(byte) }
  }

  public mutating func combine(_ number: UInt64) {
    for shift in stride(from: UInt64(0), to: 64, by: 8) {
      combine(UInt8(truncatingIfNeeded: number >> shift))
    }
  }

  public mutating func combine(_ flag: Bool) {
    combine(flag ? 1 as UInt8 : 0)
  }
}
