import Synchronization
import Telemetry
package import TrackDomain

/// A transaction that waits for the writer, whatever its closure returns.
///
/// All but `cancel` and `isCancelled` is for the writer's thread.
package protocol PendingWrite: AnyObject, Sendable {
  var isCancelled: Bool { get }
  /// What may be different after it has run.
  var scope: WriteScope { get }
  /// Runs the closure and keeps what it returned or threw, in place of what was kept before.
  func run(in transaction: Transaction)
  /// Keeps an error, in place of what was kept before.
  func fail(_ error: any Error)
  /// Gives what was kept to the caller. Once, and after the commit.
  func answer()
}

/// A transaction that waits for the writer.
///
/// `@unchecked Sendable`: the result belongs to the writer's thread, the rest is constant or
/// atomic.
package final class Write<Value: Sendable>: PendingWrite, @unchecked Sendable {
  package let scope: WriteScope
  private let trace: String
  private let body: @Sendable (any StoreTransaction) throws -> Value
  private let continuation: CheckedContinuation<Value, any Error>
  private let cancellation: WriteCancellation
  private var result: Result<Value, any Error>

  package init(
    _ scope: WriteScope, trace: String = "", cancellation: WriteCancellation,
    continuation: CheckedContinuation<Value, any Error>,
    body: @escaping @Sendable (any StoreTransaction) throws -> Value
  ) {
    self.scope = scope
    self.trace = trace
    self.body = body
    self.continuation = continuation
    self.cancellation = cancellation
    result = .failure(CancellationError())
  }

  package var isCancelled: Bool { cancellation.isCancelled }

  package func run(in transaction: Transaction) {
    do {
      var value: Value?
      try transaction.run(scope, trace: trace) { value = try body($0) }
      if let value { result = .success(value) }
    } catch {
      result = .failure(error)
    }
  }

  package func fail(_ error: any Error) {
    result = .failure(error)
  }

  package func answer() {
    continuation.resume(with: result)
  }
}

extension Write {
  /// Runs a closure as a write, and returns what it returned once that is committed. A part of the
  /// caller's trace, where there is one.
  ///
  /// - Parameter queue: hands the write to whoever runs and answers it.
  package static func run(
    _ scope: WriteScope, _ body: @escaping @Sendable (any StoreTransaction) throws -> Value,
    queue: (Write<Value>) -> Void
  ) async throws -> Value {
    guard let trace = Trace.current else { return try await wait(scope, "", body, queue) }
    return try await Trace.span("Store.write") {
      try await wait(scope, trace.context.traceparent, body, queue)
    }
  }

  private static func wait(
    _ scope: WriteScope, _ trace: String,
    _ body: @escaping @Sendable (any StoreTransaction) throws -> Value,
    _ queue: (Write<Value>) -> Void
  ) async throws -> Value {
    let cancellation = WriteCancellation()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        queue(
          Write(
            scope, trace: trace, cancellation: cancellation, continuation: continuation,
            body: body))
      }
    } onCancel: {
      cancellation.cancel()
    }
  }
}

/// Whether the caller of a write has gone. Any thread.
package final class WriteCancellation: Sendable {
  private let flag = Atomic<Bool>(false)

  package init() {}

  package var isCancelled: Bool { flag.load(ordering: .relaxed) }

  package func cancel() {
    flag.store(true, ordering: .relaxed)
  }
}
