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

  /// Those of an unpacked struct.
  @usableFromInline
  init(of structure: UnsafeRawPointer) {
    let size = unsafe pb_unknown_size(structure)
    bytes = unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      if let start = buffer.baseAddress { unsafe pb_unknown_copy(structure, start) }
      count = size
    }
  }
}
