import EventLoop
import Testing

@Suite(.timeLimit(.minutes(2))) struct BlockingThreadTests {
  private struct Failure: Error {}

  @Test func `work runs in order on one thread`() async throws {
    let thread = try BlockingThread(name: "blocking")
    let seen = Box([Int]())
    for number in 0..<100 { thread.execute { seen.update { $0.append(number) } } }
    await thread.shutdown()
    #expect(seen.current == Array(0..<100))
  }

  @Test func `what the work throws arrives`() async throws {
    let thread = try BlockingThread(name: "blocking")
    await #expect(throws: Failure.self) { try await thread.run { throw Failure() } }
    await thread.shutdown()
  }

  @Test func `after the end work is refused`() async throws {
    let thread = try BlockingThread(name: "blocking")
    await thread.shutdown()
    #expect(!thread.execute {})
    await #expect(throws: CancellationError.self) { try await thread.run {} }
  }

  @Test func `a blocking thread is no event loop`() async throws {
    let thread = try BlockingThread(name: "blocking")
    #expect(try await thread.run { EventLoop.current == nil })
    await thread.shutdown()
  }

  @Test func `an actor can live on the thread`() async throws {
    let thread = try BlockingThread(name: "blocking")
    #expect(await ThreadActor(thread).isOnThread())
    await thread.shutdown()
  }

  @Test func `a queue hands out all that waits at once`() async throws {
    let queue = WorkQueue<Int>()
    for number in 0..<3 { queue.push(number) }
    #expect(queue.waitForWork() == [0, 1, 2])
    queue.push(3)
    queue.close()
    #expect(!queue.push(4))
    #expect(queue.waitForWork() == [3])
    #expect(queue.waitForWork() == [])
  }
}

private actor ThreadActor {
  private let thread: BlockingThread
  init(_ thread: BlockingThread) { self.thread = thread }
  nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe thread.asUnownedSerialExecutor()
  }
  func isOnThread() -> Bool { thread.isCurrent }
}
