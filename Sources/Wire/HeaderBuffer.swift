/// Memory in which header blocks are packed one after the other: each leaves it as `HeaderFields` of
/// its own, in one allocation of its size.
@safe
public struct HeaderBuffer: ~Copyable {
  /// What is kept for the next block; more is given back.
  private static let keptCapacity = 4096

  private var storage = unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private var used = 0
  public private(set) var count = 0

  public init() {}

  deinit { unsafe storage.deallocate() }

  /// Adds a field. The caller answers for the name's form.
  public mutating func append(_ name: Span<UInt8>, _ value: Span<UInt8>) {
    let size = HeaderFields.prefixBytes + name.count + value.count
    if unsafe used + size > storage.count { grow(by: size) }
    let lengths = UInt64(UInt32(name.count)) | UInt64(UInt32(value.count)) << 32
    unsafe storage.storeBytes(of: lengths, toByteOffset: used, as: UInt64.self)
    used += HeaderFields.prefixBytes
    add(name)
    add(value)
    count += 1
  }

  /// Gives the block away; the buffer is empty then.
  public mutating func finish() -> HeaderFields {
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: used) { array, initialized in
      unsafe UnsafeMutableRawBufferPointer(array).copyMemory(
        from: UnsafeRawBufferPointer(rebasing: storage[0..<used]))
      initialized = used
    }
    let fields = HeaderFields(bytes: bytes, count: count)
    removeAll()
    return fields
  }

  public mutating func removeAll() {
    used = 0
    count = 0
    if unsafe storage.count > Self.keptCapacity { release() }
  }

  /// Gives the memory back.
  ///
  /// - Precondition: the buffer is empty.
  public mutating func release() {
    guard used == 0 else { return }
    unsafe storage.deallocate()
    unsafe storage = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  }

  private mutating func add(_ bytes: Span<UInt8>) {
    guard !bytes.isEmpty else { return }
    unsafe bytes.withUnsafeBytes { source in
      unsafe UnsafeMutableRawBufferPointer(rebasing: storage[used...]).copyMemory(from: source)
    }
    used += bytes.count
  }

  private mutating func grow(by size: Int) {
    let larger = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(unsafe 2 * storage.count, used + size, 512), alignment: 16)
    unsafe larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: storage[0..<used]))
    unsafe storage.deallocate()
    unsafe storage = larger
  }
}
