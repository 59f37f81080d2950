/// Reads the bytes of a `SnapshotWriter`; any other bytes give an error.
struct SnapshotReader {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  mutating func byte() throws(SnapshotError) -> UInt8 {
    guard position < bytes.count else { throw SnapshotError() }
    defer { position += 1 }
    return bytes[position]
  }

  mutating func flag() throws(SnapshotError) -> Bool {
    switch try byte() {
    case 0: false
    case 1: true
    default: throw SnapshotError()
    }
  }

  mutating func unsigned() throws(SnapshotError) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      let next = try byte()
      guard shift < 63 || next <= 1 else { throw SnapshotError() }
      value |= UInt64(next & 0x7F) << shift
      if next < 0x80 { return value }
    }
    throw SnapshotError()
  }

  mutating func signed() throws(SnapshotError) -> Int64 {
    let value = try unsigned()
    return Int64(bitPattern: value >> 1 ^ (0 &- (value & 1)))
  }

  mutating func int32() throws(SnapshotError) -> Int32 {
    guard let value = Int32(exactly: try signed()) else { throw SnapshotError() }
    return value
  }

  mutating func count() throws(SnapshotError) -> Int {
    let value = try unsigned()
    // Every element takes at least one byte.
    guard value <= UInt64(bytes.count - position) else { throw SnapshotError() }
    return Int(value)
  }

  mutating func text() throws(SnapshotError) -> String {
    let length = try count()
    defer { position += length }
    if length == 0 { return "" }
    // Not `String(validating:)`: it is generic across the library's boundary, and ten times as
    // slow.
    guard let text = try? UTF8Span(validating: bytes.span.extracting(position..<position + length))
    else { throw SnapshotError() }
    return String(copying: text)
  }

  /// Bytes that `SnapshotWriter.blob` wrote.
  mutating func blob() throws(SnapshotError) -> [UInt8] {
    let length = try count()
    defer { position += length }
    return Array(bytes[position..<position + length])
  }

  mutating func version() throws(SnapshotError) -> APIVersion? {
    let first = try unsigned()
    if first == 0 { return nil }
    guard let major = Int32(exactly: first - 1), let minor = Int32(exactly: try unsigned())
    else { throw SnapshotError() }
    return APIVersion(major: major, minor: minor)
  }

  mutating func raw<Value: RawRepresentable<UInt8>>(
    _ type: Value.Type
  ) throws(SnapshotError) -> Value {
    guard let value = Value(rawValue: try byte()) else { throw SnapshotError() }
    return value
  }

  var isAtEnd: Bool { position == bytes.count }

  func end() throws(SnapshotError) {
    guard isAtEnd else { throw SnapshotError() }
  }
}

/// The bytes are no snapshot, or one of a later format.
public struct SnapshotError: Error, Sendable, Equatable {
  public init() {}
}
