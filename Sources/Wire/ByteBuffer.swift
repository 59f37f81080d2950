/// Bytes in one piece of memory of its own, which grows: for what is filled and emptied again and
/// again, without the checks that an array makes for each append. Positions stay valid until bytes
/// are removed.
@safe
public struct ByteBuffer: ~Copyable {
  @usableFromInline var start: UnsafeMutableRawPointer?
  @usableFromInline var capacity = 0
  @usableFromInline var used = 0

  @inlinable public var count: Int { used }

  public init() { unsafe start = nil }

  deinit { unsafe start?.deallocate() }

  public var isEmpty: Bool { count == 0 }

  /// The bytes at these positions, those of them that exist.
  @_lifetime(borrow self)
  public func span(in range: Range<Int>) -> RawSpan {
    let range = range.clamped(to: 0..<count)
    let slice = unsafe UnsafeRawBufferPointer(
      start: UnsafeRawPointer(start)?.advanced(by: range.lowerBound), count: range.count)
    return unsafe _overrideLifetime(RawSpan(_unsafeBytes: slice), borrowing: self)
  }

  /// Makes room for `additional` bytes beyond what is there.
  @inlinable
  @inline(__always)
  public mutating func reserve(_ additional: Int) {
    if capacity - used < additional { grow(by: additional) }
  }

  @inlinable
  @inline(__always)
  public mutating func append(_ byte: UInt8) {
    reserve(1)
    unsafe start?.storeBytes(of: byte, toByteOffset: used, as: UInt8.self)
    used += 1
  }

  @inlinable
  public mutating func append(_ bytes: UnsafeRawBufferPointer) {
    let added = bytes.count
    guard added > 0, let source = bytes.baseAddress else { return }
    reserve(added)
    unsafe start?.advanced(by: used).copyMemory(from: source, byteCount: added)
    used += added
  }

  @inlinable
  @inline(__always)
  public mutating func append(_ bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBytes { unsafe append($0) }
  }

  /// Adds a number of eight bytes in the machine's order, and two runs of bytes behind it: what a
  /// header field is packed as. Room is made once, and short runs are copied without a call.
  @inline(__always)
  mutating func append(word: UInt64, _ first: Span<UInt8>, _ second: Span<UInt8>) {
    reserve(8 + first.count + second.count)
    guard let start = unsafe start else { return }
    unsafe start.storeBytes(of: word, toByteOffset: used, as: UInt64.self)
    unsafe Self.copy(first, to: start + used + 8)
    unsafe Self.copy(second, to: start + used + 8 + first.count)
    used += 8 + first.count + second.count
  }

  /// Copies eight or four bytes at a time, the last of them once more where they do not fit.
  @inline(__always)
  private static func copy(_ bytes: Span<UInt8>, to target: UnsafeMutableRawPointer) {
    unsafe bytes.withUnsafeBytes { bytes in
      guard let source = bytes.baseAddress else { return }
      let count = bytes.count
      switch count {
      case 17...:
        unsafe target.copyMemory(from: source, byteCount: count)
      case 8...:
        unsafe move(source, to: target, at: 0, as: UInt64.self)
        unsafe move(source, to: target, at: count - 8, as: UInt64.self)
      case 4...:
        unsafe move(source, to: target, at: 0, as: UInt32.self)
        unsafe move(source, to: target, at: count - 4, as: UInt32.self)
      default:
        for offset in 0..<count { unsafe move(source, to: target, at: offset, as: UInt8.self) }
      }
    }
  }

  @inline(__always)
  private static func move<Word: BitwiseCopyable>(
    _ source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, at offset: Int, as: Word.Type
  ) {
    let word = unsafe source.loadUnaligned(fromByteOffset: offset, as: Word.self)
    unsafe target.storeBytes(of: word, toByteOffset: offset, as: Word.self)
  }

  /// Adds the UTF-8 of a text.
  @inlinable
  @inline(__always)
  public mutating func append(_ text: String) {
    append(text.utf8.span)
  }

  @inlinable
  @inline(__always)
  public mutating func append(_ text: StaticString) {
    unsafe append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Adds a number of eight bytes in the machine's order.
  @inlinable
  @inline(__always)
  public mutating func append(word: UInt64) {
    reserve(8)
    unsafe start?.storeBytes(of: word, toByteOffset: used, as: UInt64.self)
    used += 8
  }

  /// Adds a number in decimal digits, at least `width` of them.
  public mutating func append(decimal value: UInt64, width: Int = 1) {
    var digits = 1
    var bound: UInt64 = 10
    // The longest number has twenty digits, and their power of ten is none of 64 bits.
    while digits < 20, value >= bound {
      digits &+= 1
      bound = bound &* 10
    }
    digits = max(digits, width)
    reserve(digits)
    guard let start = unsafe start else { return }
    var offset = used &+ digits
    var rest = value
    while offset > used {
      offset &-= 1
      let digit = UInt8(truncatingIfNeeded: rest % 10) &+ UInt8(ascii: "0")
      unsafe start.storeBytes(of: digit, toByteOffset: offset, as: UInt8.self)
      rest /= 10
    }
    used += digits
  }

  /// Empties it.
  ///
  /// - Parameter keptCapacity: memory above it is given back.
  @inlinable
  @inline(__always)
  public mutating func removeAll(keeping keptCapacity: Int = .max) {
    used = 0
    if capacity > keptCapacity { release() }
  }

  /// Gives the memory back.
  ///
  /// - Precondition: it is empty.
  public mutating func release() {
    guard count == 0 else { return }
    unsafe start?.deallocate()
    unsafe start = nil
    capacity = 0
  }

  @usableFromInline
  mutating func grow(by additional: Int) {
    let larger = max(2 * capacity, used + additional, 512)
    let memory = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
    if let start = unsafe start {
      unsafe memory.copyMemory(from: start, byteCount: used)
      unsafe start.deallocate()
    }
    unsafe start = memory
    capacity = larger
  }
}

extension [UInt8] {
  /// A copy of the buffer's bytes, in one allocation.
  public init(_ buffer: borrowing ByteBuffer) {
    let bytes = buffer.span(in: 0..<buffer.count)
    self = []
    // Specialized in the standard library, as the initializer for uninitialized capacity is not.
    reserveCapacity(bytes.byteCount)
    unsafe bytes.withUnsafeBytes { unsafe append(contentsOf: $0) }
  }
}
