public import TrackDomain

/// One page of a list of catalog resources.
public struct ResourcePage<Value: CatalogValue>: Sendable {
  public var resources: [Value]
  /// Empty at the end of the list.
  public var nextPageToken: String
}
