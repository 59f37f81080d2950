import EventLoop
import Testing

@Suite(.timeLimit(.minutes(2))) struct TimerTests {
  @Test func `timers fire in the order of their deadlines`() async throws {
    try await withLoop { loop in
      let order = Box([Int]())
      await withCheckedContinuation { done in
        loop.execute {
          for delay in [5, 1, 4, 2, 3] {
            loop.schedule(after: .milliseconds(delay)) { order.update { $0.append(delay) } }
          }
          loop.schedule(after: .milliseconds(6)) { done.resume() }
        }
      }
      #expect(order.current == [1, 2, 3, 4, 5])
    }
  }

  @Test(arguments: [0, 300, 1_000, 1_700])
  func `a timer is never early`(microseconds: Int) async throws {
    try await withLoop { loop in
      let delay = Duration.microseconds(microseconds)
      let elapsed = await withCheckedContinuation { done in
        loop.execute {
          let start = MonotonicTime.now()
          loop.schedule(after: delay) { done.resume(returning: MonotonicTime.now() - start) }
        }
      }
      #expect(elapsed >= delay)
    }
  }

  @Test func `the delay begins when it is asked for, late in a long turn too`() async throws {
    try await withLoop { loop in
      let delay = Duration.milliseconds(20)
      let elapsed = await withCheckedContinuation { done in
        loop.execute {
          SystemThread.sleep(microseconds: 30_000)
          let start = MonotonicTime.now()
          loop.schedule(after: delay) { done.resume(returning: MonotonicTime.now() - start) }
        }
      }
      #expect(elapsed >= delay)
    }
  }

  @Test func `one that is due before those of earlier turns does not wait for them`() async throws {
    try await withLoop { loop in
      let fired = Box(0)
      try await loop.call { _ = loop.schedule(after: .seconds(3600)) {} }
      for number in 1...3 {
        try await loop.call {
          _ = loop.schedule(after: .milliseconds(1)) { fired.update { $0 += 1 } }
        }
        #expect(await eventually { fired.current == number })
      }
    }
  }

  @Test func `what a timer holds goes when it fires or is cancelled`() async throws {
    final class Held: Sendable {}
    try await withLoop { loop in
      let isGone = try await loop.call {
        weak var held: Held?
        let timer: EventLoop.Timer
        do {
          let object = Held()
          held = object
          timer = loop.schedule(after: .seconds(3600)) { withExtendedLifetime(object) {} }
        }
        let isHeld = held != nil
        timer.cancel()
        return isHeld && held == nil && !timer.isPending
      }
      #expect(isGone)
    }
  }

  @Test func `a cancelled timer does not fire`() async throws {
    try await withLoop { loop in
      let fired = Box([Int]())
      await withCheckedContinuation { done in
        loop.execute {
          let timers = (0..<200).map { number in
            loop.schedule(after: .microseconds(number * 7 % 200)) {
              fired.update { $0.append(number) }
            }
          }
          for number in stride(from: 0, to: 200, by: 2) { timers[number].cancel() }
          timers[0].cancel()
          loop.schedule(after: .milliseconds(1)) { done.resume() }
        }
      }
      #expect(Set(fired.current) == Set(stride(from: 1, to: 200, by: 2)))
    }
  }

  @Test func `a timer can cancel another that is due`() async throws {
    try await withLoop { loop in
      let fired = Box(false)
      await withCheckedContinuation { done in
        loop.execute {
          let holder = TimerHolder()
          loop.schedule(after: .zero) { holder.timer?.cancel() }
          holder.timer = loop.schedule(after: .zero) { fired.update { $0 = true } }
          loop.schedule(after: .zero) { done.resume() }
        }
      }
      #expect(!fired.current)
    }
  }

  @Test func `a timer that arms itself without delay leaves others their turn`() async throws {
    try await withLoop { loop in
      let stop = Box(false)
      try await loop.call { rearm(on: loop, until: stop) }
      try await loop.call { stop.update { $0 = true } }
    }
  }
}

private func rearm(on loop: EventLoop, until stop: Box<Bool>) {
  if stop.current { return }
  loop.schedule(after: .zero) { rearm(on: loop, until: stop) }
}

private final class TimerHolder {
  var timer: EventLoop.Timer?
}
