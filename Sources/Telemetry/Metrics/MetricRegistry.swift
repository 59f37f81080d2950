/// All metrics of a program. Any thread.
public final class MetricRegistry: Sendable {
  /// By name.
  public let families: [MetricFamily]

  /// - Parameter families: no two have one name.
  public init(_ families: [MetricFamily]) {
    self.families = families.sorted { $0.name < $1.name }
    let names = Set(families.map(\.name))
    precondition(names.count == families.count, "two metrics have one name")
  }

  /// The numbers now, as text for whoever scrapes. No thread that counts waits for it.
  public func exposition(_ format: ExpositionFormat) -> [UInt8] {
    var text = ExpositionText(format)
    for family in families {
      var samples = MetricSamples()
      family.collect(&samples)
      text.append(family, samples)
    }
    return text.finished()
  }
}
