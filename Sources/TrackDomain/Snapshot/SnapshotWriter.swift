/// Writes the elements of a snapshot: numbers as base-128 varints, texts with their length.
struct SnapshotWriter {
  private(set) var bytes: [UInt8] = []

  init(reserving capacity: Int = 64) {
    bytes.reserveCapacity(capacity)
  }

  mutating func byte(_ value: UInt8) {
    bytes.append(value)
  }

  mutating func flag(_ value: Bool) {
    bytes.append(value ? 1 : 0)
  }

  /// 1 to 10 bytes, low bits first, the high bit set in all but the last.
  mutating func unsigned(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  /// The sign is the lowest bit, so that small negative numbers are short.
  mutating func signed(_ value: Int64) {
    unsigned(UInt64(bitPattern: value << 1 ^ value >> 63))
  }

  /// 8 bytes, high first.
  mutating func fixed(_ value: UInt64) {
    for shift in stride(from: UInt64(56), through: 0, by: -8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }

  mutating func text(_ value: String) {
    unsigned(UInt64(value.utf8.count))
    bytes.append(contentsOf: value.utf8)
  }

  /// The length, then the bytes.
  mutating func blob(_ value: [UInt8]) {
    unsigned(UInt64(value.count))
    bytes.append(contentsOf: value)
  }

  mutating func raw(_ value: [UInt8]) {
    bytes.append(contentsOf: value)
  }

  /// 0 for nil, else major + 1 and minor.
  mutating func version(_ value: APIVersion?) {
    guard let value else { return unsigned(0) }
    unsigned(UInt64(value.major) + 1)
    unsigned(UInt64(value.minor))
  }
}
