/// Body bytes between their arrival and the draining of their events: one allocation for all the
/// DATA of a read, none while idle. Positions stay valid until `removeAll`.
@safe
struct DataBuffer: ~Copyable {
  /// What is kept for the next read; more is given back.
  private static let keptCapacity = 512

  private var storage = unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private(set) var count = 0

  deinit {
    unsafe storage.deallocate()
  }

  /// Makes room for `additional` bytes beyond what is there.
  mutating func reserve(_ additional: Int) {
    let needed = count + additional
    guard unsafe needed > storage.count else { return }
    let larger = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(needed, Self.keptCapacity), alignment: 16)
    unsafe larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: storage[0..<count]))
    unsafe storage.deallocate()
    unsafe storage = larger
  }

  mutating func append(_ bytes: UnsafeRawBufferPointer) {
    reserve(bytes.count)
    unsafe UnsafeMutableRawBufferPointer(rebasing: storage[count...]).copyMemory(from: bytes)
    count += bytes.count
  }

  /// The bytes at these positions, those of them that exist.
  @_lifetime(borrow self)
  func span(in range: Range<Int>) -> RawSpan {
    let range = range.clamped(to: 0..<count)
    let slice = unsafe UnsafeRawBufferPointer(rebasing: storage[range])
    return unsafe _overrideLifetime(RawSpan(_unsafeBytes: slice), borrowing: self)
  }

  mutating func removeAll() {
    count = 0
    if unsafe storage.count > Self.keptCapacity { release() }
  }

  /// Gives the memory back.
  ///
  /// - Precondition: the buffer is empty.
  mutating func release() {
    guard count == 0 else { return }
    unsafe storage.deallocate()
    unsafe storage = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  }
}
