/// One header block in wire order, pseudo-header fields first, packed into one allocation.
///
/// `bytes` holds name, value, name, value, ...; `ends` the end offset of each of them. Names are
/// lower case (RFC 9113 section 8.2.1), values raw octets. The two arrays can be moved out as they
/// are.
public struct HeaderBlock: Sendable, Equatable {
  public var bytes: [UInt8]
  public var ends: [UInt32]

  public init() {
    bytes = []
    ends = []
  }

  /// Adopts packed fields.
  ///
  /// - Precondition: `ends` ascends, has an even count, and its last element is `bytes.count`.
  public init(bytes: [UInt8], ends: [UInt32]) {
    precondition(ends.count.isMultiple(of: 2) && Int(ends.last ?? 0) == bytes.count)
    self.bytes = bytes
    self.ends = ends
  }

  /// The number of fields.
  public var count: Int { ends.count / 2 }

  /// Appends one field.
  public mutating func append(_ name: String, _ value: String) {
    bytes.append(contentsOf: name.utf8)
    ends.append(UInt32(clamping: bytes.count))
    bytes.append(contentsOf: value.utf8)
    ends.append(UInt32(clamping: bytes.count))
  }
}

extension HeaderBlock: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, String)...) {
    self.init()
    for (name, value) in elements { append(name, value) }
  }
}
