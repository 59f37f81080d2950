package import TrackDomain

extension StoreReader {
  /// The place behind the newest change there ever was.
  package func newestPlace() throws(StoreError) -> LogPlace {
    try states(in: .all, after: nil, limit: 0).position
  }
}
