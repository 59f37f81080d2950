import Testing

@testable import EventLoop

@Suite(.timeLimit(.minutes(2))) struct SpinWatchTests {
  private static func seconds(_ count: Double) -> MonotonicTime {
    MonotonicTime(nanoseconds: Int64(count * 1e9))
  }

  @Test func `a thousand turns without effect are a spin, one less is not`() {
    var watch = SpinWatch()
    var reports: [Int?] = []
    for _ in 0..<999 { reports.append(watch.turned(effects: 0, now: Self.seconds(1))) }
    #expect(reports.allSatisfy { $0 == nil })
    let thousandth = watch.turned(effects: 0, now: Self.seconds(1))
    #expect(thousandth == 1000)
  }

  @Test func `an effect begins the count anew`() {
    var watch = SpinWatch()
    for effects in 0..<5 as Range<UInt64> {
      for _ in 0..<999 {
        let report = watch.turned(effects: effects, now: Self.seconds(1))
        #expect(report == nil)
      }
    }
  }

  @Test func `a spin is told every ten seconds`() {
    var watch = SpinWatch()
    var reports: [Int] = []
    for turn in 1...40_000 {
      let now = Self.seconds(Double(turn) / 1000)
      if let turns = watch.turned(effects: 0, now: now) { reports.append(turns) }
    }
    #expect(reports == [1000, 11_000, 21_000, 31_000])
  }

  @Test func `another spin soon after is not told`() {
    var watch = SpinWatch()
    var reports = 0
    for spin in 0..<5 as Range<UInt64> {
      for _ in 0..<2000 where watch.turned(effects: spin, now: Self.seconds(1)) != nil {
        reports += 1
      }
    }
    #expect(reports == 1)
  }

  @Test func `a descriptor that is always ready and that nobody handles is reported`() async throws
  {
    let reports = Box<[Int]>([])
    let loop = try EventLoop(name: "test", observer: Observer(reports))
    // A pending connection that is never accepted.
    let listener = try ListeningSocket(try #require(SocketAddress("127.0.0.1:0")))
    let client = try Socket(connectingTo: listener.address)
    try await loop.call { try loop.add(listener.descriptor, .readable, handler: Deaf()) }
    while reports.current.isEmpty { await Task.yield() }
    // A second report comes only when ten seconds have passed.
    #expect(Set(reports.current) == [Int(listener.descriptor)])
    try await loop.call { loop.remove(listener.descriptor) }
    await loop.shutdown()
    client.close()
    listener.close()
  }

  @Test func `a flush that asks for the next one for ever is reported`() async throws {
    let reports = Box<[Int]>([])
    let loop = try EventLoop(name: "test", observer: Observer(reports))
    let flush = Restless(on: loop)
    try await loop.call { loop.atEndOfTurn(flush) }
    while reports.current.isEmpty { await Task.yield() }
    try await loop.call { flush.isOver = true }
    await loop.shutdown()
    #expect(Set(reports.current) == [-1])
  }

  @Test func `a loop that accepts and reads does not spin`() async throws {
    let reports = Box<[Int]>([])
    let loop = try EventLoop(name: "test", observer: Observer(reports))
    let listener = try ListeningSocket(try #require(SocketAddress("127.0.0.1:0")))
    let acceptor = Accepting(listener)
    try await loop.call { try loop.add(listener.descriptor, .readable, handler: acceptor) }
    for count in 1...1200 {
      try Socket(connectingTo: listener.address).close()
      while acceptor.count.current < count { await Task.yield() }
    }
    try await loop.call { loop.remove(listener.descriptor) }
    await loop.shutdown()
    listener.close()
    #expect(reports.current.isEmpty)
  }

  @Test func `a loop that runs closures does not spin`() async throws {
    let reports = Box<[Int]>([])
    let loop = try EventLoop(name: "test", observer: Observer(reports))
    for _ in 0..<1500 { try await loop.call {} }
    await withCheckedContinuation { done in
      loop.execute { again(1500, on: loop) { done.resume() } }
    }
    await loop.shutdown()
    #expect(reports.current.isEmpty)
  }
}

/// Arms `count` timers without delay, one after the other.
private func again(_ count: Int, on loop: EventLoop, _ done: @escaping () -> Void) {
  if count == 0 { return done() }
  loop.schedule(after: .zero) { again(count - 1, on: loop, done) }
}

private struct Observer: EventLoopObserver {
  let descriptors: Box<[Int]>
  init(_ descriptors: Box<[Int]>) { self.descriptors = descriptors }

  func loopSpins(_ loop: String, turns: Int, descriptor: Int) {
    descriptors.update { $0.append(descriptor) }
  }
}

private final class Deaf: EventHandler {
  func ready(_ events: Readiness) {}
}

/// `@unchecked Sendable`: confined to its loop, except the count.
private final class Accepting: EventHandler, @unchecked Sendable {
  let count = Box(0)
  private let listener: ListeningSocket
  init(_ listener: ListeningSocket) { self.listener = listener }

  func ready(_ events: Readiness) {
    while let socket = try? listener.accept() {
      socket.close()
      count.update { $0 += 1 }
    }
  }
}

/// `@unchecked Sendable`: confined to its loop.
private final class Restless: Flushable, @unchecked Sendable {
  var isAwaitingFlush = false
  var isOver = false
  private let loop: EventLoop
  init(on loop: EventLoop) { self.loop = loop }

  func flush() {
    if !isOver { loop.atEndOfTurn(self) }
  }
}
