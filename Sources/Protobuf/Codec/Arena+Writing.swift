public import CProtobufShim

// Swift values as members of structs. Bytes are copied into the arena, which costs a few
// nanoseconds: a Swift string's own bytes may only be pointed at inside a closure.
extension Arena {
  @inlinable
  public func data(_ string: String) -> ProtobufCBinaryData {
    let utf8 = string.utf8
    let copied = unsafe utf8.withContiguousStorageIfAvailable { unsafe copyBytes($0) }
    if let copied = unsafe copied { return unsafe copied }
    return unsafe data(Array(utf8))
  }

  @inlinable
  public func data(_ bytes: [UInt8]) -> ProtobufCBinaryData {
    unsafe bytes.withUnsafeBufferPointer { unsafe copyBytes($0) }
  }

  @inlinable
  func copyBytes(_ bytes: UnsafeBufferPointer<UInt8>) -> ProtobufCBinaryData {
    guard let start = bytes.baseAddress, bytes.count > 0 else {
      return unsafe ProtobufCBinaryData(len: 0, data: nil)
    }
    let memory = unsafe allocate(UInt8.self, count: bytes.count)
    unsafe memory.initialize(from: start, count: bytes.count)
    return unsafe ProtobufCBinaryData(len: bytes.count, data: memory)
  }

  @inlinable
  public func copy<T: BitwiseCopyable>(_ values: [T]) -> UnsafeMutablePointer<T> {
    let memory = unsafe allocate(T.self, count: values.count)
    unsafe values.withUnsafeBufferPointer { buffer in
      if let start = buffer.baseAddress {
        unsafe memory.initialize(from: start, count: buffer.count)
      }
    }
    return unsafe memory
  }

  @inlinable
  public func copy(_ values: [Bool]) -> UnsafeMutablePointer<protobuf_c_boolean> {
    unsafe fill(values) { $0 ? 1 : 0 }
  }

  @inlinable
  public func copy<E: Enumeration>(_ values: [E]) -> UnsafeMutablePointer<Int32> {
    unsafe fill(values) { $0.rawValue }
  }

  @inlinable
  public func copy(_ values: [String]) -> UnsafeMutablePointer<ProtobufCBinaryData> {
    unsafe fill(values) { unsafe data($0) }
  }

  @inlinable
  public func copy(_ values: [[UInt8]]) -> UnsafeMutablePointer<ProtobufCBinaryData> {
    unsafe fill(values) { unsafe data($0) }
  }

  @inlinable
  public func structures<M: Message, C>(
    _ messages: [M]
  ) -> UnsafeMutablePointer<UnsafeMutablePointer<C>?> {
    unsafe fill(messages) { unsafe bind($0.structure(in: self)) }
  }

  /// The struct that a message made of itself, as what the member that holds it is declared.
  @inlinable
  public func bind<C>(_ structure: UnsafeMutableRawPointer) -> UnsafeMutablePointer<C> {
    unsafe structure.assumingMemoryBound(to: C.self)
  }

  @inlinable
  func fill<Element, T>(_ values: [Element], _ convert: (Element) -> T) -> UnsafeMutablePointer<T> {
    let memory = unsafe allocate(T.self, count: values.count)
    for index in values.indices {
      unsafe (memory + index).initialize(to: convert(values[index]))
    }
    return unsafe memory
  }

  /// Sends unknown fields behind the struct's own.
  @inlinable
  public func attach(_ unknownFields: UnknownFields, to structure: UnsafeMutableRawPointer) {
    guard !unknownFields.isEmpty else { return }
    let data = unsafe data(unknownFields.bytes)
    _ = unsafe pb_set_unknown(raw, structure, data.data, data.len)
  }
}
