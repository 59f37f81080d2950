/// One metric with all of its label values: its name, what it means, and where its numbers come
/// from.
public struct MetricFamily: Sendable {
  public enum Kind: Sendable {
    case counter, gauge, histogram
  }

  /// Letters, digits and `_`; without `_total`, which counters are given when they are told.
  public let name: String
  public let kind: Kind
  /// One sentence for people.
  public let help: String
  /// The names of the labels, in the order in which `collect` has their values. Whoever collects
  /// bounds how many values they have.
  public let labels: [String]
  let collect: @Sendable (inout MetricSamples) -> Void

  /// - Parameter collect: adds the numbers as they are now. Any thread; must not wait.
  public init(
    _ kind: Kind, _ name: String, _ help: String, labels: [String] = [],
    _ collect: @escaping @Sendable (inout MetricSamples) -> Void
  ) {
    self.kind = kind
    self.name = name
    self.help = help
    self.labels = labels
    self.collect = collect
  }

  /// A family of one number.
  public static func counter(
    _ name: String, _ help: String, _ value: @escaping @Sendable () -> Int
  ) -> MetricFamily {
    MetricFamily(.counter, name, help) { $0.add([], value()) }
  }

  /// A family of one number; without any where `value` is nil.
  public static func gauge(
    _ name: String, _ help: String, _ value: @escaping @Sendable () -> Double?
  ) -> MetricFamily {
    MetricFamily(.gauge, name, help) { samples in
      if let value = value() { samples.add([], value) }
    }
  }

  /// A family of one histogram.
  public static func histogram(
    _ name: String, _ help: String, _ histogram: Histogram
  ) -> MetricFamily {
    MetricFamily(.histogram, name, help) { $0.add([], histogram.snapshot) }
  }
}

/// The numbers of one family as they are collected.
public struct MetricSamples {
  enum Value {
    case number(Double)
    case histogram(HistogramSnapshot)
  }

  private(set) var all: [(labels: [String], value: Value)] = []

  /// - Parameter labels: the values, one for each label of the family.
  public mutating func add(_ labels: [String], _ value: Int) {
    all.append((labels, .number(Double(value))))
  }

  public mutating func add(_ labels: [String], _ value: Double) {
    all.append((labels, .number(value)))
  }

  public mutating func add(_ labels: [String], _ histogram: HistogramSnapshot) {
    all.append((labels, .histogram(histogram)))
  }
}
