import Testing
import TrackDomain
import TrackStoreSQL

@testable import TrackStoreSQLite

extension StoreReader {
  /// The store's own reader, which knows the numbers of changes.
  var sqlite: Reader {
    get throws { try #require(self as? Reader) }
  }
}
