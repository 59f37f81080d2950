import EventLoop
import Synchronization
import TestBasics
import Testing
import TrackDomain

@testable import TrackGit

@Suite(.timeLimit(.minutes(2))) struct SerialGateTests {
  /// A task that stays inside a gate until the test ends it.
  private struct Holder {
    private let task: Task<Void, any Error>
    private let exit: AsyncStream<Void>.Continuation

    init(_ gate: SerialGate) async {
      let (waits, exit) = AsyncStream<Void>.makeStream()
      self.exit = exit
      task = Task {
        try await gate.withTurn { for await _ in waits {} }
      }
      while !gate.isBusy { await Task.yield() }
    }

    func leave() async throws {
      exit.finish()
      try await task.value
    }
  }

  /// Waits for a turn, and records it under a name.
  private func waiter(_ gate: SerialGate, _ name: String, _ turns: Turns) async -> Task<
    Void, any Error
  > {
    let count = gate.waitingCount
    let task = Task { try await gate.withTurn { turns.note(name) } }
    while gate.waitingCount == count { await Task.yield() }
    return task
  }

  @Test func `in the order of arrival`() async throws {
    let (gate, turns) = (SerialGate(), Turns())
    let holder = await Holder(gate)
    var tasks: [Task<Void, any Error>] = []
    for number in 0..<10 { tasks.append(await waiter(gate, "\(number)", turns)) }
    #expect(turns.names.isEmpty)
    try await holder.leave()
    for task in tasks { try await task.value }
    #expect(turns.names == (0..<10).map(String.init))
    #expect(!gate.isBusy && gate.waitingCount == 0)
  }

  @Test func `who is cancelled leaves the queue at once, and its place is given on`() async throws {
    let (gate, turns) = (SerialGate(), Turns())
    let holder = await Holder(gate)
    let first = await waiter(gate, "first", turns)
    let second = await waiter(gate, "second", turns)
    let third = await waiter(gate, "third", turns)
    first.cancel()
    second.cancel()
    // While another task is inside.
    for task in [first, second] {
      await #expect(throws: IntegrationError.cancelled) { try await task.value }
    }
    #expect(gate.isBusy && gate.waitingCount == 1)
    try await holder.leave()
    try await third.value
    #expect(turns.names == ["third"])
    #expect(!gate.isBusy)
  }

  @Test func `who is cancelled before it comes does not get in, even when nobody is there`()
    async throws
  {
    let (gate, turns) = (SerialGate(), Turns())
    let task = Task {
      while !Task.isCancelled { await Task.yield() }
      try await gate.withTurn { turns.note("cancelled") }
    }
    task.cancel()
    await #expect(throws: IntegrationError.self) { try await task.value }
    #expect(turns.names.isEmpty && !gate.isBusy)
  }

  @Test func `what has to be done is done, cancelled or not`() async throws {
    let (gate, turns) = (SerialGate(), Turns())
    let holder = await Holder(gate)
    let task = Task { await gate.withCertainTurn { turns.note("certain") } }
    while gate.waitingCount == 0 { await Task.yield() }
    task.cancel()
    let next = await waiter(gate, "next", turns)
    #expect(gate.waitingCount == 2)
    try await holder.leave()
    await task.value
    try await next.value
    #expect(turns.names == ["certain", "next"])
  }

  @Test func `who does not want to wait does not`() async throws {
    let gate = SerialGate()
    let holder = await Holder(gate)
    #expect(await gate.withTurnIfFree { true } == nil)
    #expect(gate.waitingCount == 0)
    try await holder.leave()
    #expect(await gate.withTurnIfFree { gate.isBusy } == true)
    #expect(!gate.isBusy)
    let waited: String? = try? await gate.withTurn { "free again" }
    #expect(waited == "free again")
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `whoever is cancelled when, one at a time is inside, and everybody ends`(
    _ seed: UInt64
  ) async throws {
    let (gate, turns) = (SerialGate(), Turns())
    var random = SeededRandom(seed: seed)
    let tasks = (0..<200).map { number in
      Task {
        try await gate.withTurn {
          turns.enter()
          await Task.yield()
          turns.leave()
        }
      }
    }
    var cancelled = 0
    for task in tasks where random.next() % 3 == 0 {
      task.cancel()
      cancelled += 1
      if random.next() % 2 == 0 { await Task.yield() }
    }
    var refused = 0
    for task in tasks {
      do { try await task.value } catch { refused += 1 }
    }
    #expect(turns.most == 1)
    #expect(turns.count + refused == tasks.count && refused <= cancelled)
    #expect(!gate.isBusy && gate.waitingCount == 0)
  }
}

/// Records the names that had a turn, and how many were inside at once.
private final class Turns: Sendable {
  private struct State {
    var names: [String] = []
    var inside = 0
    var most = 0
    var count = 0
  }

  private let state = Mutex(State())

  func note(_ name: String) { state.withLock { $0.names.append(name) } }

  func enter() {
    state.withLock {
      $0.inside += 1
      $0.count += 1
      $0.most = max($0.most, $0.inside)
    }
  }

  func leave() { state.withLock { $0.inside -= 1 } }

  var names: [String] { state.withLock { $0.names } }
  var most: Int { state.withLock { $0.most } }
  var count: Int { state.withLock { $0.count } }
}
