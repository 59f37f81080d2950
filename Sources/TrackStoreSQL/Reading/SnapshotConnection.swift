package import TrackDomain

/// A reader with its connection. Reads between `begin` and `end` see one state of the database.
/// Belongs to its connection's thread.
package protocol SnapshotConnection {
  var reader: Reader { get }
  /// Whether it can be used again. Looks at it, and does not wait.
  var isUsable: Bool { get }
  func begin() throws(StoreError)
  /// Nothing where none was begun.
  func end()
}

package extension SnapshotConnection {
  var isUsable: Bool { true }
}

/// Opens connections for reading. Any thread; opening may block.
package protocol SnapshotSource: Sendable {
  func makeReader() throws(StoreError) -> any SnapshotConnection

  /// A connection for a snapshot that outlasts one read. Where connecting takes its time, it happens
  /// elsewhere.
  nonisolated(nonsending) func makeLongReader() async throws -> sending any SnapshotConnection

  /// Takes back a connection of `makeLongReader` whose snapshot has ended.
  func recycle(_ connection: any SnapshotConnection)

  /// To be called after reads: looks at what the database reported.
  func check(_ connection: any SnapshotConnection)

  /// Waits while the database suffers from snapshots that outlast a read.
  func waitForSnapshots() async throws
}

package extension SnapshotSource {
  func recycle(_ connection: any SnapshotConnection) {}
}
