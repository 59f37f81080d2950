import EventLoop
import Synchronization
import TrackDomain
import TrackStoreSQL

/// Readers on threads of their own. A read is taken by the first that need not wait, and else by the
/// one with the fewest others. One that gets no connection is passed over for a second, and what it had
/// to read goes to another one. Any thread.
final class ReaderPool: Sendable {
  private let readers: [BatchReader]
  private let loads: [Load]
  private let isClosed = Atomic(false)

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
    if isClosed.load(ordering: .relaxed) {
      throw StoreError(.unavailable, "the store is closed")
    }
    let all = Array(readers.indices)
    let fit = all.filter { readers[$0].isFit }
    let asked = MonotonicTime.now()
    let first = pick(fit.isEmpty ? all : fit)
    do {
      return try await read(first, asked, body)
    } catch let refusal as BatchReader.Unconnected {
      let others = all.filter { $0 != first && readers[$0].isFit }
      guard !others.isEmpty else { throw refusal.error }
      do {
        return try await read(pick(others), asked, body)
      } catch let refusal as BatchReader.Unconnected {
        throw refusal.error
      }
    }
  }

  private func read<Value: Sendable>(
    _ index: Int, _ asked: MonotonicTime, _ body: @Sendable (any StoreReader) throws -> Value
  ) async throws -> Value {
    loads[index].count.add(1, ordering: .relaxed)
    defer { loads[index].count.subtract(1, ordering: .relaxed) }
    return try await readers[index].read(asked: asked, body)
  }

  /// - Parameter indices: not empty.
  private func pick(_ indices: [Int]) -> Int {
    indices.first { !readers[$0].isBusy }
      ?? indices.min {
        loads[$0].count.load(ordering: .relaxed) < loads[$1].count.load(ordering: .relaxed)
      } ?? 0
  }

  @concurrent func close() async {
    isClosed.store(true, ordering: .relaxed)
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
