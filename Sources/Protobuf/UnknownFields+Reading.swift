extension UnknownFields {
  /// The values of fields that are varints, by number; of a field that comes twice the last one.
  /// So a program reads options that its own declarations do not have: numbers and enums.
  public var varints: [UInt32: UInt64] {
    var values: [UInt32: UInt64] = [:]
    var rest = bytes[...]
    while let tag = Self.varint(&rest) {
      let number = UInt32(truncatingIfNeeded: tag >> 3)
      switch tag & 7 {
      case 0:
        guard let value = Self.varint(&rest) else { return values }
        values[number] = value
      case 1: rest = rest.dropFirst(8)
      case 2:
        guard let count = Self.varint(&rest).flatMap(Int.init(exactly:)) else { return values }
        rest = rest.dropFirst(count)
      case 5: rest = rest.dropFirst(4)
      // A group: what is in it is not told.
      default: return values
      }
    }
    return values
  }

  private static func varint(_ bytes: inout ArraySlice<UInt8>) -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: 0, to: 64, by: 7) {
      guard let byte = bytes.popFirst() else { return nil }
      value |= UInt64(byte & 0x7F) << UInt64(shift)
      if byte < 0x80 { return value }
    }
    return nil
  }
}
