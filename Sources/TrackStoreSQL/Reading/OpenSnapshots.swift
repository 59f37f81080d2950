import TrackDomain

/// The snapshots that are open for longer than one read, each on a connection of its own, and who
/// waits until there is room for another one. Lives on the reader's thread.
struct OpenSnapshots {
  /// How many may be open: each keeps what it sees from being cleaned up.
  static let limit = 4
  private var readers: [Int: any SnapshotConnection] = [:]
  /// Open, or promised to somebody who waited.
  private var taken = 0
  private var waiting: [(id: Int, continuation: CheckedContinuation<Void, any Error>)] = []
  private var lastId = 0
  private(set) var isClosed = false

  /// How many are open, and how many wait for their turn.
  var counts: (open: Int, waiting: Int) { (readers.count, waiting.count) }

  mutating func nextId() -> Int {
    lastId += 1
    return lastId
  }

  /// Takes a place; false when all are taken.
  mutating func takePlace() -> Bool {
    guard taken < Self.limit else { return false }
    taken += 1
    return true
  }

  mutating func wait(_ id: Int, _ continuation: CheckedContinuation<Void, any Error>) {
    waiting.append((id, continuation))
  }

  /// Lets somebody go who waits without a place; nothing if that one has it by now.
  mutating func cancelWaiting(_ id: Int) {
    guard let index = waiting.firstIndex(where: { $0.id == id }) else { return }
    waiting.remove(at: index).continuation.resume(throwing: CancellationError())
  }

  /// Gives a place back, or on to whoever waits longest.
  mutating func leavePlace() {
    if waiting.isEmpty {
      taken -= 1
    } else {
      waiting.removeFirst().continuation.resume()
    }
  }

  /// Opens a snapshot on a connection, whose place it has.
  mutating func open(_ id: Int, _ reader: any SnapshotConnection) throws {
    if isClosed { throw StoreError(.unavailable, "the store is closed") }
    try reader.begin()
    readers[id] = reader
  }

  /// Nil when it is not open any more.
  func reader(_ id: Int) -> (any SnapshotConnection)? { readers[id] }

  /// Ends a snapshot, which makes room; nil if it has ended.
  ///
  /// - Returns: its connection.
  @discardableResult
  mutating func close(_ id: Int) -> (any SnapshotConnection)? {
    guard let reader = readers.removeValue(forKey: id) else { return nil }
    reader.end()
    leavePlace()
    return reader
  }

  /// Closes all; nobody waits any more.
  mutating func closeAll() {
    isClosed = true
    for waiter in waiting { waiter.continuation.resume(throwing: CancellationError()) }
    waiting = []
    for id in Array(readers.keys) { close(id) }
  }
}
