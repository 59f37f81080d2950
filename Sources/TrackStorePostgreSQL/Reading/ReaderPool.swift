import EventLoop
import Synchronization
import TrackDomain
import TrackStoreSQL

/// Readers on threads of their own. A read is taken by the first that does not wait for an answer of
/// the database, and else by the one with the fewest others. Any thread.
final class ReaderPool: Sendable {
  private let readers: [BatchReader]
  private let loads: [Load]

  /// How many reads a reader has.
  private final class Load: Sendable {
    let count = Atomic<Int>(0)
  }

  init(_ readers: [BatchReader]) {
    self.readers = readers
    loads = readers.map { _ in Load() }
  }

  func read<Value: Sendable>(
    _ body: @Sendable (any StoreReader) throws -> Value
  ) async throws -> Value {
    guard let index = readers.firstIndex(where: { !$0.isBusy }) ?? leastLoaded else {
      throw StoreError(.unavailable, "there are no readers")
    }
    loads[index].count.add(1, ordering: .relaxed)
    defer { loads[index].count.subtract(1, ordering: .relaxed) }
    return try await readers[index].read(asked: .now(), body)
  }

  private var leastLoaded: Int? {
    loads.indices.min {
      loads[$0].count.load(ordering: .relaxed) < loads[$1].count.load(ordering: .relaxed)
    }
  }

  @concurrent func close() async {
    for reader in readers { await reader.end() }
  }
}

extension ThreadReader {
  /// Closes the connections, and ends the thread.
  nonisolated func end() async {
    await close()
    await shutdown()
  }
}
