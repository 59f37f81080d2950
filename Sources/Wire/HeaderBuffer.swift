/// Memory in which header blocks are packed one after the other: each leaves it as `HeaderFields`
/// of its own, in one allocation of its size.
public struct HeaderBuffer: ~Copyable {
  /// What is kept for the next block; more is given back.
  private static let keptCapacity = 4096

  private var bytes = ByteBuffer()
  public private(set) var count = 0

  public init() {}

  /// Adds a field. The caller answers for the name's form.
  public mutating func append(_ name: Span<UInt8>, _ value: Span<UInt8>) {
    let lengths = UInt64(UInt32(name.count)) | UInt64(UInt32(value.count)) << 32
    bytes.append(word: lengths, name, value)
    count += 1
  }

  /// Whether the block has the same fields as another one.
  public func equals(_ other: HeaderFields) -> Bool {
    unsafe bytes.span(in: 0..<bytes.count).equals(other.bytes.span.bytes)
  }

  /// Gives the block away; the buffer is empty then.
  public mutating func finish() -> HeaderFields {
    let fields = HeaderFields(bytes: [UInt8](bytes), count: count)
    removeAll()
    return fields
  }

  public mutating func removeAll() {
    bytes.removeAll(keeping: Self.keptCapacity)
    count = 0
  }

  /// Gives the memory back.
  ///
  /// - Precondition: the buffer is empty.
  public mutating func release() { bytes.release() }
}
