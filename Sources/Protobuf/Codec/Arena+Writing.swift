public import CProtobufShim

// Converts Swift values to members of structs. Bytes are copied into the arena, which costs a few
// nanoseconds: a Swift string's own bytes can be pointed at only inside a closure. Many bytes of an
// array are pointed at where they are, as long as the message that holds the array is encoded.
extension Arena {
  /// From here on copying costs more than it spares.
  @usableFromInline static var borrowedBytes: Int { 4096 }

  @inlinable
  public func data(_ string: String) -> ProtobufCBinaryData {
    let utf8 = string.utf8
    let copied = unsafe utf8.withContiguousStorageIfAvailable { unsafe copyBytes($0) }
    if let copied = unsafe copied { return unsafe copied }
    return unsafe Array(utf8).withUnsafeBufferPointer { unsafe copyBytes($0) }
  }

  /// - Parameter bytes: stored in the message that is being encoded, which keeps them alive.
  @inlinable
  public func data(_ bytes: [UInt8]) -> ProtobufCBinaryData {
    unsafe bytes.withUnsafeBufferPointer { bytes in
      bytes.count < Self.borrowedBytes ? unsafe copyBytes(bytes) : unsafe borrow(bytes)
    }
  }

  @usableFromInline
  func borrow(_ bytes: UnsafeBufferPointer<UInt8>) -> ProtobufCBinaryData {
    unsafe raw.pointee.allowance -= bytes.count
    unsafe raw.pointee.borrowed += bytes.count
    return unsafe ProtobufCBinaryData(
      len: bytes.count, data: UnsafeMutablePointer(mutating: bytes.baseAddress))
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
    chargeElements(values.count)
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
    chargeElements(values.count)
    return unsafe fill(values) { $0.rawValue }
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
    // Arrays that share their storage hold the same messages, which become structs only once. All
    // of them live as long as the message that is being encoded.
    let source = unsafe messages.withUnsafeBufferPointer { unsafe UnsafeRawPointer($0.baseAddress) }
    if unsafe source == raw.pointee.shared_source,
      unsafe messages.count == raw.pointee.shared_count,
      let shared = unsafe raw.pointee.shared_structs
    {
      unsafe raw.pointee.allowance -= raw.pointee.shared_size
      return unsafe shared.assumingMemoryBound(to: UnsafeMutablePointer<C>?.self)
    }
    let before = unsafe raw.pointee.allowance
    let made = unsafe allocate(UnsafeMutablePointer<C>?.self, count: messages.count)
    unsafe messages.withUnsafeBufferPointer { messages in
      guard let start = messages.baseAddress else { return }
      for index in 0..<messages.count {
        // Inout, because the compiler copies a large value that it only borrows.
        unsafe (made + index).initialize(
          to: structure(of: &UnsafeMutablePointer(mutating: start)[index]))
      }
    }
    unsafe raw.pointee.shared_source = source
    unsafe raw.pointee.shared_structs = UnsafeMutableRawPointer(made)
    unsafe raw.pointee.shared_count = messages.count
    unsafe raw.pointee.shared_size = before - raw.pointee.allowance
    return unsafe made
  }

  @inlinable
  func structure<M: Message, C>(of message: inout M) -> UnsafeMutablePointer<C> {
    unsafe bind(message.structure(in: self))
  }

  /// Corrects `packed` for numbers, which may be longer on the wire than in memory.
  @inlinable
  func chargeElements(_ count: Int) {
    unsafe raw.pointee.allowance -= 8 * count
  }

  /// The struct that a message made of itself, in the type of the member that holds it.
  @inlinable
  public func bind<C>(_ structure: UnsafeMutableRawPointer) -> UnsafeMutablePointer<C> {
    unsafe structure.assumingMemoryBound(to: C.self)
  }

  /// Begins to encode a message.
  @inlinable
  func beginEncoding() {
    unsafe raw.pointee.allowance = Int.max
    unsafe raw.pointee.shared_source = nil
    unsafe raw.pointee.borrowed = 0
  }

  /// The wire form of a struct that was made since `beginEncoding`, behind `prefix` zero bytes.
  ///
  /// libprotobuf-c would visit the message twice, for its size and for its bytes. The memory that
  /// the structs took in the arena bounds the size: every member takes at least half of the most
  /// that its tag, its length and its number can take, text and bytes are in the arena themselves,
  /// and elements of arrays are charged for the difference. So the message is packed once, into
  /// free memory of the arena where that suffices, and copied; but for one that is mostly large
  /// arrays, whose size is quickly found and whose copy is dear.
  @usableFromInline
  func packed(_ message: UnsafeMutableRawPointer, prefix: Int) -> [UInt8] {
    let charged = unsafe min(Int.max - raw.pointee.allowance, Int.max / 2)
    let bound = 2 * charged
    if unsafe raw.pointee.borrowed <= charged / 2,
      let scratch = unsafe pb_arena_scratch(raw, bound)
    {
      let size = unsafe pb_pack(message, scratch)
      precondition(size <= bound)
      // All threads share the empty array, and the initializer below would write its count.
      if prefix + size == 0 { return [] }
      return unsafe [UInt8](unsafeUninitializedCapacity: prefix + size) { buffer, count in
        guard let start = buffer.baseAddress else { return }
        unsafe start.initialize(repeating: 0, count: prefix)
        unsafe (start + prefix).initialize(from: scratch, count: size)
        count = prefix + size
      }
    }
    let size = unsafe pb_packed_size(message)
    if prefix + size == 0 { return [] }
    return unsafe [UInt8](unsafeUninitializedCapacity: prefix + size) { buffer, count in
      guard let start = buffer.baseAddress else { return }
      unsafe start.initialize(repeating: 0, count: prefix)
      if size > 0 { _ = unsafe pb_pack(message, start + prefix) }
      count = prefix + size
    }
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
