/// A request that succeeded, with its response.
public struct RememberedRequest: Sendable, Hashable {
  public var key: RequestKey
  /// Of the decoded request without its id.
  public var digest: Digest
  /// As `Snapshot` encodes it.
  public var response: [UInt8]
  public var at: Timestamp

  public init(key: RequestKey, digest: Digest, response: [UInt8], at: Timestamp) {
    self.key = key
    self.digest = digest
    self.response = response
    self.at = at
  }
}
