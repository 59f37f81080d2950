import Synchronization

/// How often values fell between bounds, and their sum. Without locks: any thread reads it.
public final class Histogram: Sendable {
  let bounds: HistogramBounds
  private let buckets = InlineArray<48, Atomic<Int>> { _ in Atomic(0) }
  /// The bits of a `Double`, so that no sum of durations overflows.
  private let sum = Atomic<UInt64>(0)

  public init(_ bounds: HistogramBounds) { self.bounds = bounds }

  /// By the one thread that writes.
  public func record(_ value: Int) {
    let bucket = bounds.bucket(of: value)
    buckets[bucket].store(buckets[bucket].load(ordering: .relaxed) &+ 1, ordering: .relaxed)
    let before = Double(bitPattern: sum.load(ordering: .relaxed))
    sum.store((before + Double(value)).bitPattern, ordering: .relaxed)
  }

  /// By any thread, for what happens seldom.
  public func recordShared(_ value: Int) {
    buckets[bounds.bucket(of: value)].wrappingAdd(1, ordering: .relaxed)
    var before = sum.load(ordering: .relaxed)
    while true {
      let after = (Double(bitPattern: before) + Double(value)).bitPattern
      let (exchanged, found) = sum.weakCompareExchange(
        expected: before, desired: after, ordering: .relaxed)
      if exchanged { return }
      before = found
    }
  }

  /// The numbers now. While a thread records, the sum and the buckets may differ by a value.
  public var snapshot: HistogramSnapshot {
    var snapshot = HistogramSnapshot(bounds)
    for index in snapshot.counts.indices {
      snapshot.counts[index] = buckets[index].load(ordering: .relaxed)
    }
    snapshot.sum = Double(bitPattern: sum.load(ordering: .relaxed))
    return snapshot
  }
}

/// The numbers of one histogram, or of several together.
public struct HistogramSnapshot: Sendable {
  let bounds: HistogramBounds
  /// Of each bucket by itself; the last one has no bound.
  public internal(set) var counts: [Int]
  /// In the unit of what was recorded.
  public internal(set) var sum = 0.0

  public init(_ bounds: HistogramBounds) {
    self.bounds = bounds
    counts = Array(repeating: 0, count: bounds.upper.count + 1)
  }

  public var count: Int { counts.reduce(0, +) }

  /// Both have the same bounds.
  public static func += (left: inout HistogramSnapshot, right: HistogramSnapshot) {
    for index in left.counts.indices { left.counts[index] += right.counts[index] }
    left.sum += right.sum
  }
}
