/// The upper bounds of a histogram's buckets, and the unit of what is recorded.
public final class HistogramBounds: Sendable {
  /// The most buckets that have a bound; one more takes the rest.
  public static let most = 47

  /// In the unit of what is recorded, rising.
  let upper: [Int]
  /// How many of these units one unit of the metric has: 1e9 for nanoseconds that are told as
  /// seconds.
  let scale: Double

  /// - Parameters:
  ///   - upper: in the metric's unit, rising.
  ///   - scale: how many units that are recorded make one of the metric's.
  public init(_ upper: [Double], scale: Double = 1) {
    precondition(upper.count <= Self.most)
    self.upper = upper.map { Int(($0 * scale).rounded()) }
    self.scale = scale
  }

  /// As they are told: in the metric's unit.
  var told: [Double] { upper.map { Double($0) / scale } }

  /// The first bucket whose bound is not less than `value`.
  @inline(__always)
  func bucket(of value: Int) -> Int {
    var low = 0
    var high = upper.count
    while low < high {
      let middle = (low &+ high) >> 1
      if upper[middle] < value { low = middle &+ 1 } else { high = middle }
    }
    return low
  }
}
