/// Header fields in wire order, pseudo-header fields first, packed into one allocation.
///
/// Names are lower case (RFC 9113 section 8.2.1); values are raw octets, not yet split or base64
/// decoded. A field is the lengths of its name and its value, four bytes each in the machine's
/// order, then the name and the value.
@frozen
public struct HeaderFields: Sendable, Hashable {
  /// Bytes in front of a field's name.
  @usableFromInline static let prefixBytes = 8

  /// The packed fields; positions in them come from iterating.
  public private(set) var bytes: [UInt8]
  public private(set) var count: Int
  /// The bytes stay where they are for as long as the process lives: nobody needs to copy them.
  public private(set) var isConstant = false

  public init() {
    bytes = []
    count = 0
  }

  /// No fields, and room for so many bytes of them, prefixes included.
  public init(reserving byteCount: Int) {
    self.init()
    bytes.reserveCapacity(byteCount)
  }

  init(bytes: [UInt8], count: Int) {
    self.bytes = bytes
    self.count = count
  }

  /// The same fields, which are kept for ever: for the few blocks that a program sends all the time.
  public func keptForEver() -> HeaderFields {
    var kept = self
    // A reference that nobody gives back. With it no copy is ever changed in place.
    _ = unsafe Unmanaged.passRetained(bytes as AnyObject)
    kept.isConstant = true
    return kept
  }

  /// Adds a field. The caller answers for the name's form.
  public mutating func append(_ name: Span<UInt8>, _ value: Span<UInt8>) {
    appendPrefix(name.count, value.count)
    unsafe name.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
    unsafe value.withUnsafeBufferPointer { unsafe bytes.append(contentsOf: $0) }
  }

  /// The same from any collections.
  public mutating func append(_ name: some Collection<UInt8>, _ value: some Collection<UInt8>) {
    appendPrefix(name.count, value.count)
    bytes.append(contentsOf: name)
    bytes.append(contentsOf: value)
  }

  public mutating func append(_ name: String, _ value: String) {
    append(name.utf8Span.span, value.utf8Span.span)
  }

  /// Adds all fields of another block.
  public mutating func append(_ other: HeaderFields) {
    isConstant = false
    bytes.append(contentsOf: other.bytes)
    count += other.count
  }

  private mutating func appendPrefix(_ name: Int, _ value: Int) {
    isConstant = false
    let lengths = UInt64(UInt32(name)) | UInt64(UInt32(value)) << 32
    unsafe withUnsafeBytes(of: lengths) { unsafe bytes.append(contentsOf: $0) }
    count += 1
  }
}

extension HeaderFields {
  public static func == (left: HeaderFields, right: HeaderFields) -> Bool {
    left.bytes.span.equals(right.bytes.span)
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(bytes) }

  /// Whether both are copies of one block: true tells that they are equal, at no cost; false tells
  /// nothing.
  public func isSameObject(as other: HeaderFields) -> Bool {
    guard bytes.count == other.bytes.count else { return false }
    return unsafe bytes.withUnsafeBufferPointer { own in
      unsafe other.bytes.withUnsafeBufferPointer { unsafe own.baseAddress == $0.baseAddress }
    }
  }
}

extension HeaderFields: Sequence {
  /// Where a field's name and value lie in `HeaderFields.bytes`.
  @frozen
  public struct Field: Sendable, Hashable {
    public let name: Range<Int>
    public let value: Range<Int>

    @inlinable
    init(name: Range<Int>, value: Range<Int>) {
      self.name = name
      self.value = value
    }
  }

  @frozen
  public struct Iterator: IteratorProtocol {
    @usableFromInline let bytes: [UInt8]
    @usableFromInline var position = 0

    @inlinable
    init(_ bytes: [UInt8]) { self.bytes = bytes }

    @inlinable
    public mutating func next() -> Field? {
      guard position < bytes.count else { return nil }
      let lengths = unsafe bytes.span.bytes.unsafeLoadUnaligned(
        fromByteOffset: position, as: UInt64.self)
      // All that was packed is in memory: no sum is too large.
      let start = position &+ HeaderFields.prefixBytes
      let middle = start &+ Int(lengths & 0xFFFF_FFFF)
      position = middle &+ Int(lengths >> 32)
      return unsafe Field(
        name: Range(uncheckedBounds: (start, middle)),
        value: Range(uncheckedBounds: (middle, position)))
    }
  }

  @inlinable
  public func makeIterator() -> Iterator { Iterator(bytes) }

  public var underestimatedCount: Int { count }

  /// The first value under a name, which is in lower case.
  public func value(_ name: StaticString) -> ArraySlice<UInt8>? {
    for field in self where bytes.span.extracting(field.name).equals(name) {
      return bytes[field.value]
    }
    return nil
  }
}

extension HeaderFields: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, String)...) {
    self.init()
    for (name, value) in elements { append(name, value) }
  }
}
