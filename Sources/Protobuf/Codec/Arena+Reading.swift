public import CProtobufShim

// Converts members of unpacked structs to Swift values. Arrays count against the message's memory
// limit, with the overhead of their allocation. Strings and bytes are no larger than their wire
// form and do not count.
extension Arena {
  /// The overhead of an allocation, in bytes.
  @usableFromInline static var allocationOverhead: Int { 48 }

  /// UTF-8 was checked when the message was unpacked.
  @inlinable
  public func string(_ data: ProtobufCBinaryData) -> String {
    guard let start = unsafe data.data else { return "" }
    return unsafe String(
      decoding: UnsafeBufferPointer(start: start, count: data.len), as: UTF8.self)
  }

  @inlinable
  public func bytes(_ data: ProtobufCBinaryData) -> [UInt8] {
    guard let start = unsafe data.data else { return [] }
    return unsafe [UInt8](UnsafeBufferPointer(start: start, count: data.len))
  }

  @inlinable
  public func array<T: BitwiseCopyable>(
    _ start: UnsafeMutablePointer<T>?, _ count: Int
  ) throws(DecodingError) -> [T] {
    guard let start = unsafe start, count > 0 else { return [] }
    try charge(T.self, count: count)
    return unsafe [T](UnsafeBufferPointer(start: start, count: count))
  }

  @inlinable
  public func bools(
    _ start: UnsafeMutablePointer<protobuf_c_boolean>?, _ count: Int
  ) throws(DecodingError) -> [Bool] {
    guard let start = unsafe start, count > 0 else { return [] }
    try charge(Bool.self, count: count)
    return unsafe UnsafeBufferPointer(start: start, count: count).map { $0 != 0 }
  }

  @inlinable
  public func enumerations<E: Enumeration>(
    _ start: UnsafeMutablePointer<Int32>?, _ count: Int
  ) throws(DecodingError) -> [E] {
    guard let start = unsafe start, count > 0 else { return [] }
    try charge(E.self, count: count)
    return unsafe UnsafeBufferPointer(start: start, count: count).map { E(rawValue: $0) }
  }

  @inlinable
  public func strings(
    _ start: UnsafeMutablePointer<ProtobufCBinaryData>?, _ count: Int
  ) throws(DecodingError) -> [String] {
    guard let start = unsafe start, count > 0 else { return [] }
    try charge(String.self, count: count)
    return unsafe UnsafeBufferPointer(start: start, count: count).map { unsafe string($0) }
  }

  @inlinable
  public func byteArrays(
    _ start: UnsafeMutablePointer<ProtobufCBinaryData>?, _ count: Int
  ) throws(DecodingError) -> [[UInt8]] {
    guard let start = unsafe start, count > 0 else { return [] }
    try charge([UInt8].self, count: count)
    try charge(UInt8.self, count: count * Self.allocationOverhead)
    return unsafe UnsafeBufferPointer(start: start, count: count).map { unsafe bytes($0) }
  }

  @inlinable
  public func messages<M: Message, C>(
    _ start: UnsafeMutablePointer<UnsafeMutablePointer<C>?>?, _ count: Int
  ) throws(DecodingError) -> [M] {
    guard let start = unsafe start, count > 0 else { return [] }
    try charge(M.self, count: count)
    try charge(UInt8.self, count: Self.allocationOverhead)
    var result: [M] = []
    result.reserveCapacity(count)
    for index in 0..<count {
      guard let message = unsafe start[index] else { throw .malformed }
      result.append(try unsafe M(unpacking: message, in: self))
    }
    return result
  }

  /// Keeps the fields that an unpacked struct does not declare.
  @inlinable
  public func readUnknownFields(
    of structure: UnsafeRawPointer, into unknownFields: inout UnknownFields
  ) throws(DecodingError) {
    guard unsafe pb_has_unknown(structure) else { return }
    try unsafe keepUnknownFields(of: structure, in: &unknownFields)
  }

  @usableFromInline
  func keepUnknownFields(
    of structure: UnsafeRawPointer, in unknownFields: inout UnknownFields
  ) throws(DecodingError) {
    try unsafe charge(UInt8.self, count: pb_unknown_size(structure) + Self.allocationOverhead)
    unsafe unknownFields.append(UnknownFields(of: structure))
  }

  /// Keeps a map entry with unknown fields as an unknown field itself, because a dictionary has no
  /// place for them. False if it has none.
  public func keepEntry(
    _ entry: UnsafeMutableRawPointer, number: Int32, in unknownFields: inout UnknownFields
  ) throws(DecodingError) -> Bool {
    guard unsafe pb_has_unknown(entry) else { return false }
    guard unsafe pb_make_packable(raw, entry) else { throw .tooLarge }
    let size = unsafe pb_packed_size(entry)
    try charge(UInt8.self, count: size + Self.allocationOverhead)
    let content = unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      if let start = buffer.baseAddress { count = unsafe pb_pack(entry, start) }
    }
    unknownFields.append(number: UInt32(bitPattern: number), content: content)
    return true
  }
}
