import EventLoop
import Testing

@Suite(.timeLimit(.minutes(2))) struct BlockingThreadPoolTests {
  /// Counts the running pieces of work, records the finished ones, and holds them at a gate.
  private final class Works: Sendable {
    let running = Box(0)
    let most = Box(0)
    let order = Box<[Int]>([])
    let isOpen = Box(false)

    func run(_ number: Int) {
      let count = running.update { running in
        running += 1
        return running
      }
      most.update { $0 = max($0, count) }
      order.update { $0.append(number) }
      while !isOpen.current { SystemThread.sleep(microseconds: 200) }
      running.update { $0 -= 1 }
    }
  }

  @Test(arguments: [1, 3])
  func `no more threads than there may be, and the rest waits its turn`(maximum: Int) async throws {
    let pool = BlockingThreadPool(name: "pool", maximum: maximum)
    let works = Works()
    var tasks: [Task<Void, any Error>] = []
    for number in 0..<8 {
      // Runs up to the pool's queue at once, so that the order is kept.
      tasks.append(Task.immediate { try await pool.run { works.run(number) } })
    }
    #expect(await eventually { works.running.current == maximum })
    works.isOpen.update { $0 = true }
    for task in tasks { try await task.value }
    #expect(works.most.current == maximum)
    if maximum == 1 { #expect(works.order.current == Array(0..<8)) }
    await pool.shutdown()
  }

  @Test func `a thread that has nothing to do takes what comes next`() async throws {
    let pool = BlockingThreadPool(name: "pool", maximum: 1)
    let count = Box(0)
    for number in 1...5 {
      let task = Task { try await pool.run { count.update { $0 += 1 } } }
      guard await eventually({ count.current == number }) else {
        Issue.record("work \(number) does not run")
        return
      }
      try await task.value
    }
    await pool.shutdown()
    await #expect(throws: CancellationError.self) { try await pool.run {} }
  }
}
