import Wire

/// The key-value pairs that travel beside a call's messages, in order, several per name.
///
/// Kept in wire form: names in lower case, `-bin` values in base64. So metadata that came from a
/// peer costs nothing until it is read. Names that belong to gRPC and HTTP/2 are never part of it:
/// readers skip them in a peer's header block, and `add` refuses them.
public struct Metadata: Sendable, Hashable {
  /// May hold reserved names when it came from a peer; every reader skips them.
  private(set) var fields: HeaderFields

  public init() { fields = HeaderFields() }

  /// Views a header block of a peer.
  init(received fields: HeaderFields) { self.fields = fields }

  /// Adds a text value: printable ASCII.
  public mutating func add(_ name: String, _ value: String) throws(MetadataError) {
    try check(name, binary: false)
    guard value.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
      throw .invalidValue(name: name)
    }
    fields.append(name.utf8, value.utf8)
  }

  /// Adds a value of any octets; the name ends in `-bin`.
  public mutating func addBinary(_ name: String, _ value: [UInt8]) throws(MetadataError) {
    try check(name, binary: true)
    fields.append(name.utf8, Base64.metadata.encode(value))
  }

  /// Adds all of `other`.
  public mutating func append(_ other: Metadata) { other.append(to: &fields) }

  private func check(_ name: String, binary: Bool) throws(MetadataError) {
    guard MetadataName.isValid(name.utf8) else { throw .invalidName(name) }
    let bytes = Array(name.utf8)
    guard !MetadataName.isReserved(bytes.span) else { throw .reservedName(name) }
    guard MetadataName.isBinary(bytes.span) == binary else { throw .invalidName(name) }
  }

  /// Appends the fields that are metadata to a header block.
  func append(to block: inout HeaderFields) {
    let span = fields.bytes.span
    for field in fields where !MetadataName.isReserved(span.extracting(field.name)) {
      block.append(span.extracting(field.name), span.extracting(field.value))
    }
  }

  public static func == (left: Metadata, right: Metadata) -> Bool {
    left.normalized == right.normalized
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(normalized) }

  private var normalized: HeaderFields {
    var block = HeaderFields()
    append(to: &block)
    return block
  }
}
