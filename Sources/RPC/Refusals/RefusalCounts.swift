/// How often each class was refused until now: a snapshot. The numbers only grow.
public struct RefusalCounts: Sendable, Equatable {
  private var counts: [Int]

  /// Nothing was refused.
  public init() { counts = Array(repeating: 0, count: RefusalClass.allCases.count) }

  public subscript(refusal: RefusalClass) -> Int {
    get { counts[refusal.rawValue] }
    set { counts[refusal.rawValue] = newValue }
  }

  /// Of all classes.
  public var total: Int { counts.reduce(0, +) }

  /// The classes that were refused at least once, in the order of `RefusalClass`.
  public var classes: [RefusalClass] { RefusalClass.allCases.filter { self[$0] > 0 } }

  public static func += (counts: inout RefusalCounts, more: RefusalCounts) {
    for refusal in RefusalClass.allCases { counts[refusal] += more[refusal] }
  }

  /// What was refused since an earlier snapshot of the same counters.
  public func since(_ earlier: RefusalCounts) -> RefusalCounts {
    var difference = self
    for refusal in RefusalClass.allCases { difference[refusal] -= earlier[refusal] }
    return difference
  }
}
