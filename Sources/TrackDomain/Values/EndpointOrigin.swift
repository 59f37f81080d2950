/// Who defined an endpoint. The raw values are kept in stores.
public enum EndpointOrigin: UInt8, Sendable, Hashable, CaseIterable {
  /// A client; copied into the next new track.
  case user = 1
  /// The source configuration at a commit.
  case sourceConfig = 2
}
