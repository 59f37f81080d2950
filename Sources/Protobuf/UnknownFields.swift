import CProtobufShim

/// Fields that a message's declaration does not have, as they were on the wire.
public struct UnknownFields: Sendable, Hashable {
  /// Whole fields, one after another: tag and value each.
  public private(set) var bytes: [UInt8]

  public init() { bytes = [] }

  /// Adopts wire bytes.
  ///
  /// - Returns: nil if they are not a sequence of whole fields.
  public init?(_ bytes: [UInt8]) {
    let areFields = unsafe bytes.withUnsafeBufferPointer { buffer in
      unsafe buffer.baseAddress.map {
        unsafe pb_are_fields($0, buffer.count, UInt32(DecodingLimits.default.depth))
      } ?? true
    }
    guard areFields else { return nil }
    self.bytes = bytes
  }

  public var isEmpty: Bool { bytes.isEmpty }

  mutating func append(_ other: UnknownFields) { bytes += other.bytes }

  /// A length-delimited field.
  mutating func append(number: UInt32, content: [UInt8]) {
    append(varint: number << 3 | 2)
    append(varint: UInt32(content.count))
    bytes += content
  }

  private mutating func append(varint: UInt32) {
    var rest = varint
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  /// The unknown fields of an unpacked struct.
  init(of structure: UnsafeRawPointer) {
    let size = unsafe pb_unknown_size(structure)
    bytes = unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      if let start = buffer.baseAddress { unsafe pb_unknown_copy(structure, start) }
      count = size
    }
  }
}
