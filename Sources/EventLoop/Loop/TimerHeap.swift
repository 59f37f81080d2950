/// A binary heap of timer targets, earliest first; each target knows its place.
struct TimerHeap {
  private struct Entry {
    var deadline: MonotonicTime
    var order: UInt64
    var target: any TimerTarget

    @inline(__always)
    static func < (left: Entry, right: Entry) -> Bool {
      left.deadline == right.deadline ? left.order < right.order : left.deadline < right.deadline
    }
  }

  private var entries: [Entry] = []
  private var nextOrder: UInt64 = 0

  var isEmpty: Bool { entries.isEmpty }
  var count: Int { entries.count }
  var earliest: MonotonicTime? { entries.first?.deadline }
  /// Timers inserted from now on have at least this order.
  var mark: UInt64 { nextOrder }

  /// - Precondition: the target is in no heap.
  mutating func insert(_ target: any TimerTarget, at deadline: MonotonicTime) {
    entries.append(Entry(deadline: deadline, order: nextOrder, target: target))
    nextOrder += 1
    target.timerPosition = entries.count - 1
    siftUp(entries.count - 1)
  }

  mutating func remove(_ target: any TimerTarget) {
    let position = target.timerPosition
    guard position >= 0 else { return }
    target.timerPosition = -1
    let last = entries.removeLast()
    guard position < entries.count else { return }
    place(last, position)
    siftUp(position)
    siftDown(last.target.timerPosition)
  }

  /// Takes the earliest timer if it is due and was inserted before `mark`.
  mutating func popDue(_ now: MonotonicTime, before mark: UInt64) -> (any TimerTarget)? {
    guard let first = entries.first, first.deadline <= now, first.order < mark else { return nil }
    remove(first.target)
    return first.target
  }

  private mutating func place(_ entry: Entry, _ position: Int) {
    entry.target.timerPosition = position
    entries[position] = entry
  }

  private mutating func siftUp(_ start: Int) {
    var position = start
    let entry = entries[position]
    while position > 0 {
      let parent = (position - 1) / 2
      guard entry < entries[parent] else { break }
      place(entries[parent], position)
      position = parent
    }
    place(entry, position)
  }

  private mutating func siftDown(_ start: Int) {
    var position = start
    let entry = entries[position]
    while true {
      var child = 2 * position + 1
      guard child < entries.count else { break }
      if child + 1 < entries.count, entries[child + 1] < entries[child] { child += 1 }
      guard entries[child] < entry else { break }
      place(entries[child], position)
      position = child
    }
    place(entry, position)
  }
}
