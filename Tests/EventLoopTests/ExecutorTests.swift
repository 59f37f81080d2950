import EventLoop
import Testing

@Suite(.timeLimit(.minutes(2))) struct ExecutorTests {
  @Test func `an async function stays on the loop over suspensions`() async throws {
    try await withLoop { loop in
      let places = await Task(executorPreference: loop) {
        var places = [loop.isCurrent]
        await Task.yield()
        places.append(loop.isCurrent)
        try? await Task.sleep(for: .milliseconds(1))
        places.append(loop.isCurrent)
        return places
      }.value
      #expect(places == [true, true, true])
    }
  }

  @Test func `child tasks stay on the loop`() async throws {
    try await withLoop { loop in
      let stayed = await Task(executorPreference: loop) {
        await withTaskGroup(of: Bool.self) { group in
          for _ in 0..<10 {
            group.addTask {
              await Task.yield()
              return loop.isCurrent
            }
          }
          return await group.allSatisfy { $0 }
        }
      }.value
      #expect(stayed)
    }
  }

  @Test func `a default actor called from the loop runs on the loop`() async throws {
    try await withLoop { loop in
      let actor = Counter()
      let onLoop = await Task(executorPreference: loop) { await actor.add(on: loop) }.value
      #expect(onLoop)
    }
  }

  @Test func `an actor can live on a loop`() async throws {
    try await withLoop { loop in
      let actor = LoopActor(loop)
      #expect(await actor.isOnLoop())
      let agreed = try await loop.call { actor.assumeIsolated { $0.isOnLoopNow } }
      #expect(agreed)
    }
  }

  @Test func `a task started in place begins before the call returns`() async throws {
    try await withLoop { loop in
      let (began, task) = try await loop.call {
        let began = Box(false)
        let task = Task.immediate(executorPreference: loop) {
          began.update { $0 = true }
          await Task.yield()
          return loop.isCurrent
        }
        return (began.current, task)
      }
      #expect(began)
      #expect(await task.value)
    }
  }

  @Test func `a continuation resumed elsewhere goes on where it was`() async throws {
    try await withLoop { loop in
      let thread = try BlockingThread(name: "blocking")
      let (there, back) = try await Task(executorPreference: loop) {
        let there = try await thread.run { thread.isCurrent }
        return (there, loop.isCurrent)
      }.value
      #expect(there)
      #expect(back)
      await thread.shutdown()
    }
  }
}

private actor Counter {
  var count = 0
  func add(on loop: EventLoop) -> Bool {
    count += 1
    return loop.isCurrent
  }
}

private actor LoopActor {
  private let loop: EventLoop
  init(_ loop: EventLoop) { self.loop = loop }
  nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe loop.asUnownedSerialExecutor()
  }
  var isOnLoopNow: Bool { loop.isCurrent }
  func isOnLoop() -> Bool { loop.isCurrent }
}
