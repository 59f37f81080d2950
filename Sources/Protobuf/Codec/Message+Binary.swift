public import CProtobufShim

extension Message {
  /// Decodes the wire form. Any bytes are safe; takes at most as much as `limits` allow.
  @inlinable
  public init(serialized bytes: RawSpan, limits: DecodingLimits = .default) throws(DecodingError) {
    self = try unsafe bytes.withUnsafeBytes { buffer throws(DecodingError) in
      try unsafe Self(serialized: buffer, limits: limits)
    }
  }

  @inlinable
  public init(serialized bytes: [UInt8], limits: DecodingLimits = .default) throws(DecodingError) {
    try unsafe self.init(serialized: bytes.span.bytes, limits: limits)
  }

  @inlinable
  init(serialized buffer: UnsafeRawBufferPointer, limits: DecodingLimits) throws(DecodingError) {
    // Nothing on the wire: every field has its default.
    if unsafe buffer.isEmpty {
      self.init()
      return
    }
    let arena = Arena.current
    let mark = unsafe pb_arena_mark(arena.raw)
    defer { unsafe pb_arena_reset(arena.raw, mark) }
    unsafe arena.raw.pointee.allowance = max(0, limits.memory)
    let pointer = try unsafe arena.unpack(buffer, as: Self.structure, depth: limits.depth)
    self = try unsafe Self(unpacking: pointer, in: arena)
  }

  /// The wire form.
  @inlinable
  public func serialized() -> [UInt8] { serialized(reservingPrefix: 0) }

  /// The wire form behind `prefix` zero bytes, which the caller fills.
  @inlinable
  public func serialized(reservingPrefix prefix: Int) -> [UInt8] {
    let arena = Arena.current
    let mark = unsafe pb_arena_mark(arena.raw)
    defer { unsafe pb_arena_reset(arena.raw, mark) }
    arena.beginEncoding()
    // The structs may point at arrays of the message.
    return withExtendedLifetime(self) {
      unsafe arena.packed(structure(in: arena), prefix: prefix)
    }
  }

  /// The length of the wire form.
  @inlinable
  public var serializedSize: Int {
    let arena = Arena.current
    let mark = unsafe pb_arena_mark(arena.raw)
    defer { unsafe pb_arena_reset(arena.raw, mark) }
    arena.beginEncoding()
    return withExtendedLifetime(self) { unsafe pb_packed_size(structure(in: arena)) }
  }
}

extension Arena {
  @usableFromInline
  func unpack(
    _ buffer: UnsafeRawBufferPointer, as structure: Structure, depth: Int
  ) throws(DecodingError) -> UnsafeRawPointer {
    var empty: UInt8 = 0
    return try unsafe withUnsafeBytes(of: &empty) { nothing throws(DecodingError) in
      let bytes = unsafe buffer.baseAddress ?? nothing.baseAddress
      var message: UnsafeRawPointer?
      let status = unsafe pb_unpack(
        raw, structure.descriptor, bytes?.assumingMemoryBound(to: UInt8.self), buffer.count,
        UInt32(clamping: depth), &message)
      guard let message = unsafe message, status == PB_OK else { throw DecodingError(status) }
      return unsafe message
    }
  }
}

extension DecodingError {
  init(_ status: PBStatus) {
    self =
      switch status {
      case PB_INVALID_UTF8: .invalidUTF8
      case PB_TOO_DEEP: .tooDeep
      case PB_TOO_LARGE: .tooLarge
      default: .malformed
      }
  }
}
