/// Writes metrics as text.
struct ExpositionText {
  private let format: ExpositionFormat
  private var bytes: [UInt8] = []

  init(_ format: ExpositionFormat) { self.format = format }

  /// What was written, with its end.
  consuming func finished() -> [UInt8] {
    if format == .openMetrics { append("# EOF\n") }
    return bytes
  }

  mutating func append(_ family: MetricFamily, _ samples: MetricSamples) {
    // Only OpenMetrics names a counter without the suffix of its numbers.
    let told = family.kind == .counter ? family.name + "_total" : family.name
    let name = format == .openMetrics ? family.name : told
    append("# HELP \(name) ")
    append(escaped: family.help, quotes: format == .openMetrics)
    append("\n# TYPE \(name) \(Self.text(family.kind))\n")
    for (labels, value) in samples.all {
      switch value {
      case .number(let number): append(line: told, family.labels, labels, number)
      case .histogram(let snapshot): append(snapshot, family, labels)
      }
    }
  }

  private mutating func append(
    _ snapshot: HistogramSnapshot, _ family: MetricFamily, _ labels: [String]
  ) {
    let names = family.labels + ["le"]
    var below = 0
    for (bound, count) in zip(snapshot.bounds.told, snapshot.counts) {
      below += count
      append(
        line: family.name + "_bucket", names, labels + [text(bound: bound)], Double(below))
    }
    let all = Double(snapshot.count)
    append(line: family.name + "_bucket", names, labels + ["+Inf"], all)
    append(
      line: family.name + "_sum", family.labels, labels, snapshot.sum / snapshot.bounds.scale)
    append(line: family.name + "_count", family.labels, labels, all)
  }

  private mutating func append(
    line name: String, _ names: [String], _ labels: [String], _ value: Double
  ) {
    append(name)
    var separator = "{"
    for (label, value) in zip(names, labels) {
      append("\(separator)\(label)=\"")
      append(escaped: value, quotes: true)
      append("\"")
      separator = ","
    }
    append(names.isEmpty ? " " : "} ")
    append(Self.text(value))
    append("\n")
  }

  private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

  private mutating func append(escaped text: String, quotes: Bool) {
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\\"): append("\\\\")
      case UInt8(ascii: "\n"): append("\\n")
      case UInt8(ascii: "\"") where quotes: append("\\\"")
      default: bytes.append(byte)
      }
    }
  }

  private static func text(_ kind: MetricFamily.Kind) -> String {
    switch kind {
    case .counter: "counter"
    case .gauge: "gauge"
    case .histogram: "histogram"
    }
  }

  private static func text(_ value: Double) -> String {
    if let whole = Int(exactly: value) { return "\(whole)" }
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    return "\(value)"
  }

  /// OpenMetrics has its bounds with a point.
  private func text(bound: Double) -> String {
    format == .openMetrics ? "\(bound)" : Self.text(bound)
  }
}
