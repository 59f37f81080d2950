import TestBasics
import Testing

@testable import TrackGit

@Suite(.timeLimit(.minutes(2))) struct LRUCacheTests {
  @Test func `keeps as much as it may, and forgets what was not used for the longest time`() {
    var cache = LRUCache<String, Int>(capacity: 3)
    for (index, key) in ["a", "b", "c"].enumerated() { cache.set(key, index) }
    #expect(cache.count == 3 && cache.value("a") == 0)
    cache.set("d", 3)
    #expect(cache.count == 3 && cache.value("b") == nil)
    #expect(cache.value("a") == 0 && cache.value("c") == 2 && cache.value("d") == 3)
    // Replacing a value is a use, and removes no other entry.
    cache.set("a", 9)
    cache.set("e", 4)
    #expect(cache.value("c") == nil && cache.value("a") == 9 && cache.value("d") == 3)
  }

  @Test(arguments: [Int.min, -1, 0, 1])
  func `keeps one at least`(_ capacity: Int) {
    var cache = LRUCache<Int, Int>(capacity: capacity)
    #expect(cache.value(1) == nil && cache.count == 0)
    for key in 1...3 {
      cache.set(key, -key)
      #expect(cache.value(key) == -key && cache.count == 1)
      #expect(cache.value(key - 1) == nil)
    }
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func `is what a list in the order of use is`(_ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let capacity = Int.random(in: 1...8, using: &random)
    var cache = LRUCache<Int, Int>(capacity: capacity)
    // The most recently used entry is the last.
    var model: [(key: Int, value: Int)] = []
    for step in 0..<1000 {
      let key = Int.random(in: 0..<12, using: &random)
      let place = model.firstIndex { $0.key == key }
      if Bool.random(using: &random) {
        #expect(cache.value(key) == place.map { model[$0].value })
        if let place { model.append(model.remove(at: place)) }
      } else {
        cache.set(key, step)
        if let place { model.remove(at: place) }
        model.append((key, step))
        if model.count > capacity { model.removeFirst() }
      }
      #expect(cache.count == model.count)
    }
  }
}
