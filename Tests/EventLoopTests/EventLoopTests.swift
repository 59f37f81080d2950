import EventLoop
import Testing

@Suite(.timeLimit(.minutes(2))) struct EventLoopTests {
  @Test func `closures of many threads run once each, on the loop`() async throws {
    let count = Box(0)
    try await withLoop { loop in
      await withTaskGroup(of: Void.self) { group in
        for _ in 0..<8 {
          group.addTask {
            for _ in 0..<1000 {
              loop.execute {
                if loop.isCurrent { count.update { $0 += 1 } }
              }
            }
          }
        }
      }
    }
    #expect(count.current == 8000)
  }

  @Test func `closures of one thread keep their order`() async throws {
    let seen = Box([Int]())
    try await withLoop { loop in
      for number in 0..<100 { loop.execute { seen.update { $0.append(number) } } }
    }
    #expect(seen.current == Array(0..<100))
  }

  @Test func `the current loop is that of the thread`() async throws {
    try await withLoop { loop in
      #expect(EventLoop.current == nil)
      #expect(!loop.isCurrent)
      let isSame = try await loop.call { EventLoop.current === loop }
      #expect(isSame)
    }
  }

  @Test func `a flush is called once at the end of the turn`() async throws {
    try await withLoop { loop in
      let log = Box([String]())
      let flush = FlushLog(log)
      try await loop.call {
        loop.atEndOfTurn(flush)
        loop.atEndOfTurn(flush)
        loop.execute { log.update { $0.append("job") } }
      }
      try await loop.call {}
      #expect(log.current == ["job", "flush"])
    }
  }

  @Test func `a group counts its loops`() async throws {
    let group = try EventLoopGroup(count: 3)
    #expect(group.loops.map(\.index) == [0, 1, 2])
    let first = group.next()
    #expect(first !== group.next())
    await group.shutdown()
  }

  @Test func `what is queued before the end still runs`() async throws {
    let loop = try EventLoop(name: "test")
    let ran = Box(false)
    // More rounds than one turn runs.
    let rounds = Box(0)
    loop.execute {
      spin(on: loop, rounds, until: { rounds.current == 1000 }) { ran.update { $0 = true } }
    }
    await loop.shutdown()
    #expect(ran.current)
  }

  @Test func `closures that ask for the next one for ever leave timers their turn`() async throws {
    try await withLoop { loop in
      let isStopped = Box(false)
      let rounds = Box(0)
      await withCheckedContinuation { done in
        loop.execute {
          loop.schedule(after: .zero) { isStopped.update { $0 = true } }
          spin(on: loop, rounds, until: { isStopped.current || rounds.current == 1_000_000 }) {
            done.resume()
          }
        }
      }
      #expect(rounds.current < 1_000_000)
    }
  }
}

/// Each round asks for the next one.
private func spin(
  on loop: EventLoop, _ rounds: Box<Int>, until isOver: @escaping @Sendable () -> Bool,
  _ done: @escaping @Sendable () -> Void
) {
  if isOver() { return done() }
  rounds.update { $0 += 1 }
  loop.execute { spin(on: loop, rounds, until: isOver, done) }
}

/// `@unchecked Sendable`: used on the loop only.
private final class FlushLog: Flushable, @unchecked Sendable {
  var isAwaitingFlush = false
  private let log: Box<[String]>
  init(_ log: Box<[String]>) { self.log = log }
  func flush() { log.update { $0.append("flush") } }
}
