import TestBasics
import Testing

@testable import EventLoop

@Suite(.timeLimit(.minutes(2))) struct TimerHeapTests {
  /// The expected behaviour of a heap, implemented by sorting.
  private struct Model {
    var entries: [(deadline: Int64, order: Int, timer: EventLoop.Timer)] = []

    mutating func removeFirst(due now: Int64) -> EventLoop.Timer? {
      entries.sort { ($0.deadline, $0.order) < ($1.deadline, $1.order) }
      guard let first = entries.first, first.deadline <= now else { return nil }
      return entries.removeFirst().timer
    }
  }

  private static func at(_ nanoseconds: Int64) -> MonotonicTime {
    MonotonicTime(nanoseconds: nanoseconds)
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `random inserts and removals agree with a sorted list`(seed: UInt64) async throws {
    try await withLoop { loop in
      var random = SeededRandom(seed: seed)
      var heap = TimerHeap()
      var model = Model()
      var now: Int64 = 0
      for order in 0..<600 {
        switch random.next() % 8 {
        case 0...3:
          let timer = EventLoop.Timer(loop: loop) {}
          // Few different deadlines, so that many are equal.
          let deadline = now + Int64(random.next() % 40)
          heap.insert(timer, at: Self.at(deadline))
          model.entries.append((deadline, order, timer))
        case 4, 5:
          guard !model.entries.isEmpty else { continue }
          let index = Int(random.next() % UInt64(model.entries.count))
          let timer = model.entries.remove(at: index).timer
          heap.remove(timer)
          heap.remove(timer)
          #expect(timer.timerPosition == -1)
        default:
          now += Int64(random.next() % 8)
          while true {
            let expected = model.removeFirst(due: now)
            let popped = heap.popDue(Self.at(now), before: .max)
            #expect(popped === expected)
            if popped == nil || expected == nil { break }
          }
        }
        #expect(heap.count == model.entries.count && heap.isEmpty == model.entries.isEmpty)
        #expect(heap.earliest?.nanoseconds == model.entries.map(\.deadline).min())
        #expect(Set(model.entries.map(\.timer.timerPosition)) == Set(0..<heap.count))
      }
    }
  }

  @Test func `equal deadlines come in the order of their insertion`() async throws {
    try await withLoop { loop in
      var heap = TimerHeap()
      let timers = (0..<50).map { _ in EventLoop.Timer(loop: loop) {} }
      for timer in timers { heap.insert(timer, at: Self.at(7)) }
      for timer in timers {
        let popped = heap.popDue(Self.at(7), before: .max)
        #expect(popped === timer)
      }
    }
  }

  @Test func `a timer is due at its deadline and not before`() async throws {
    try await withLoop { loop in
      var heap = TimerHeap()
      heap.insert(EventLoop.Timer(loop: loop) {}, at: Self.at(7))
      let early = heap.popDue(Self.at(6), before: .max)
      let due = heap.popDue(Self.at(7), before: .max)
      #expect(early == nil && due != nil)
    }
  }

  @Test func `what is inserted behind the mark waits for the next turn`() async throws {
    try await withLoop { loop in
      var heap = TimerHeap()
      let first = EventLoop.Timer(loop: loop) {}
      let second = EventLoop.Timer(loop: loop) {}
      heap.insert(first, at: Self.at(7))
      let mark = heap.mark
      heap.insert(second, at: Self.at(1))
      // The newer timer is due first: the older one is not taken out of turn.
      let none = heap.popDue(Self.at(9), before: mark)
      let next = heap.popDue(Self.at(9), before: heap.mark)
      let last = heap.popDue(Self.at(9), before: heap.mark)
      #expect(none == nil && next === second && last === first)
    }
  }
}
