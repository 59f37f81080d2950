/// Header fields in wire order, pseudo-header fields first, packed into one allocation.
///
/// Names are lower case (RFC 9113 section 8.2.1); values are raw octets, not yet split or base64
/// decoded. `bytes` holds name, value, name, value, ...; `ends` the end offset of each of them.
public struct HeaderFields: Sendable, Hashable {
  public private(set) var bytes: [UInt8]
  public private(set) var ends: [UInt32]

  public init() {
    bytes = []
    ends = []
  }

  /// Adopts what a transport collected.
  ///
  /// - Precondition: `ends` ascends, has an even count and its last element is `bytes.count`.
  public init(bytes: [UInt8], ends: [UInt32]) {
    precondition(ends.count.isMultiple(of: 2) && Int(ends.last ?? 0) == bytes.count)
    self.bytes = bytes
    self.ends = ends
  }

  public var count: Int { ends.count / 2 }

  mutating func adopt(_ octets: some Collection<UInt8>) {
    bytes.append(contentsOf: octets)
    ends.append(UInt32(clamping: bytes.count))
  }
}
