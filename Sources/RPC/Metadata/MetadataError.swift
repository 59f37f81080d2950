/// Why something cannot be sent as metadata.
public enum MetadataError: Error, Sendable, Hashable {
  /// A name is one or more of `0-9 a-z _ . -`; `-bin` names are for binary values only.
  case invalidName(String)
  /// The name belongs to gRPC or HTTP/2 (`grpc-...`, `content-type`, `te`, ...).
  case reservedName(String)
  /// A text value is made of printable ASCII (0x20 to 0x7E).
  case invalidValue(name: String)
}
