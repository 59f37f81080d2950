package import TrackDomain

extension ThreadReader {
  /// Runs `body` with a snapshot that is closed at its end, or after `limit`.
  package nonisolated func withSnapshot<Value: Sendable>(
    limit: Duration, _ body: (any StoreSnapshot) async throws -> Value
  ) async throws -> Value {
    try await source.waitForSnapshots()
    let id = try await openSnapshot()
    let expiry = await closeSnapshot(id, after: limit)
    defer { expiry.cancel() }
    do {
      let value = try await body(OpenSnapshot(reader: self, id: id))
      await closeSnapshot(id)
      return value
    } catch {
      await closeSnapshot(id)
      throw error
    }
  }

  private func openSnapshot() async throws -> Int {
    let id = snapshots.nextId()
    if !snapshots.takePlace() { try await waitForPlace(id) }
    do {
      if snapshots.isClosed { throw StoreError(.unavailable, "the store is closed") }
      try snapshots.open(id, try await source.makeLongReader())
    } catch {
      snapshots.leavePlace()
      throw error
    }
    return id
  }

  private func waitForPlace(_ id: Int) async throws {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation {
        (continuation: CheckedContinuation<Void, any Error>) in
        if Task.isCancelled || snapshots.isClosed {
          continuation.resume(throwing: CancellationError())
        } else {
          snapshots.wait(id, continuation)
        }
      }
    } onCancel: {
      Task { await cancelWaiting(id) }
    }
  }

  private func cancelWaiting(_ id: Int) { snapshots.cancelWaiting(id) }

  private func closeSnapshot(_ id: Int, after limit: Duration) -> Task<Void, any Error> {
    Task {
      try await Task.sleep(for: limit)
      closeSnapshot(id)
    }
  }

  private func closeSnapshot(_ id: Int) {
    if let reader = snapshots.close(id) { source.recycle(reader) }
  }

  fileprivate func read<Value: Sendable>(
    in id: Int, _ body: @Sendable (any StoreReader) throws -> Value
  ) throws -> Value {
    guard let reader = snapshots.reader(id) else { throw SnapshotExpired() }
    defer { source.check(reader) }
    return try body(reader.reader)
  }
}

/// One of the snapshots that a `ThreadReader` has open.
private struct OpenSnapshot: StoreSnapshot {
  let reader: ThreadReader
  let id: Int

  func read<Value: Sendable>(
    _ body: @escaping @Sendable (any StoreReader) throws -> Value
  ) async throws -> Value {
    try await reader.read(in: id, body)
  }
}
