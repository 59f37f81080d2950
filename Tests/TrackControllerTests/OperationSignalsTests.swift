import EventLoop
import TestSupport
import Testing
import TrackDomain

@testable import TrackController

/// A wait ends when it should. A wait that does not end hangs these tests.
@Suite(.timeLimit(.minutes(1))) struct OperationSignalsTests {
  private let signals = OperationSignals()

  /// A wait for a yes of `answer`, after the first answer was no.
  private func waiting(
    on store: any TrackStore, for answer: Answer = Answer()
  ) async -> Task<Void, Never> {
    let (begun, continuation) = AsyncStream<Void>.makeStream()
    let signals = signals
    let task = Task {
      await signals.wait(on: store, atMost: .seconds(3600)) {
        continuation.finish()
        return answer.isYes
      }
    }
    for await _ in begun {}
    return task
  }

  @Test func `an end is seen by all waits after the next commit`() async throws {
    try await Fixture.with(executes: false) { (fixture) async throws in
      let answer = Answer()
      let store = fixture.store
      var tasks: [Task<Void, Never>] = []
      for _ in 0..<3 { tasks.append(await waiting(on: store, for: answer)) }
      answer.becomeYes()
      try await store.write { try $0.endLeases(.all) }
      for task in tasks { await task.value }
    }
  }

  @Test func `no wait goes on once the signals are closed, whenever it began`() async throws {
    try await Fixture.with(executes: false) { (fixture) async throws in
      let before = [await waiting(on: fixture.store), await waiting(on: fixture.store)]
      await signals.close()
      for task in before { await task.value }
      await waiting(on: fixture.store).value
    }
  }

  @Test func `what is over already is not waited for`() async throws {
    try await Fixture.with(executes: false) { (fixture) async throws in
      await signals.wait(on: fixture.store, atMost: .seconds(3600)) { true }
    }
  }

  @Test func `a wait has its limit, and ends with its task`() async throws {
    try await Fixture.with(executes: false) { (fixture) async throws in
      await signals.wait(on: fixture.store, atMost: .milliseconds(1)) { false }
      let task = await waiting(on: fixture.store)
      task.cancel()
      await task.value
    }
  }

  @Test func `an error ends it`() async throws {
    try await Fixture.with(executes: false) { (fixture) async throws in
      await #expect(throws: StoreError(.full, "")) {
        try await signals.wait(on: fixture.store, atMost: .seconds(3600)) {
          throw StoreError(.full, "")
        }
      }
    }
  }
}

/// `@unchecked Sendable`: the answer is touched under the lock only.
private final class Answer: @unchecked Sendable {
  private let lock = Lock()
  private var value = false

  var isYes: Bool { lock.withLock { value } }

  func becomeYes() { lock.withLock { value = true } }
}
