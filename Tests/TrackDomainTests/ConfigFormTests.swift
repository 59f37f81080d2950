import Testing
import TrackDomain

/// The rules of source config forms for plain values.
@Suite(.timeLimit(.minutes(2))) struct ConfigFormTests {
  private func configs(
    _ type: String, isRequired: Bool = true, _ source: EnvironmentVariable.Source? = nil
  ) -> TrackConfigs {
    var variables = [
      EnvironmentVariable(
        name: "V", source: .form(.init(isRequired: isRequired, type: type)),
        origin: .sourceConfig)
    ]
    if let source { variables.insert(EnvironmentVariable(name: "V", source: source), at: 0) }
    return TrackConfigs(environmentVariables: variables)
  }

  @Test(arguments: [
    ("number", ["0", "-0", "1", "-12", "3.5", "1e3", "2E-7", "0.0e+9"]),
    ("boolean", ["true", "false"]), ("string", ["", "x"]), ("array", ["x"]),
  ])
  func `take plain values of their kind`(type: String, values: [String]) {
    for value in values { #expect(configs(type).problem(ofValue: value, name: "V") == nil) }
    #expect(configs(type).problem(ofValue: "no", name: "OTHER") == nil)
  }

  @Test(arguments: [
    ("number", ["", "one", "01", "+1", ".5", "5.", "1e", "1e+", "- 1", " 1", "0x1", "1_0", "NaN"]),
    ("boolean", ["", "True", "yes", "1", " true"]), ("secret", ["", "hunter2"]),
  ])
  func `take no others`(type: String, values: [String]) {
    for value in values {
      #expect(configs(type).problem(ofValue: value, name: "V") != nil, "'\(value)'")
    }
  }

  @Test func `a required one without a value is missing`() {
    #expect(configs("string").missingVariables == ["V"])
    #expect(configs("string", .value("")).missingVariables == ["V"])
    #expect(configs("string", isRequired: false).missingVariables == [])
    #expect(configs("string", isRequired: false, .value("")).missingVariables == [])
    #expect(configs("string", .value("x")).missingVariables == [])
    #expect(configs("secret", .connection(name: "c", key: "k")).missingVariables == [])
    #expect(configs("secret", .configGroup(name: "c", key: "k")).missingVariables == [])
    #expect(TrackConfigs.sample.missingVariables == [])
  }

  @Test func `what became secret later is masked before, too`() {
    let before = TrackConfigs(environmentVariables: [
      EnvironmentVariable(name: "A", source: .value("x")),
      EnvironmentVariable(name: "B", source: .value("y")),
    ])
    let later = TrackConfigs(environmentVariables: [
      EnvironmentVariable(name: "A", source: .form(.init(type: "secret")), origin: .sourceConfig)
    ])
    #expect(before.masked == before)
    let masked = before.masked(as: later).environmentVariables.map(\.source)
    #expect(masked == [.value(EnvironmentVariable.mask), .value("y")])
  }

  @Test func `the plain value of a secret is masked, and warned of`() {
    let stored = configs("secret", .value("hunter2"))
    #expect(stored.masked == configs("secret", .value("********")))
    #expect(stored.warnings.count == 1)
    #expect(stored.warnings.first?.hasPrefix("environment variable V: ") == true)
    #expect(stored.warnings.first?.contains("hunter2") == false)
    for other in [
      configs("string", .value("x")), configs("secret", .connection(name: "c", key: "k")),
      configs("number", .value("1")), TrackConfigs.sample,
    ] {
      #expect(other.masked == other && other.warnings.isEmpty)
    }
    #expect(configs("number", .value("one")).warnings.count == 1)
    #expect(configs("string").warnings.count == 1)
  }

  @Test(arguments: ["FAILED", "failed", "Failure", "ERROR", "CANCELLED", "canceled", "TIMED_OUT"])
  func `words of build services for failure`(word: String) {
    #expect(BuildStatus(status: word).hasFailed)
  }

  @Test(arguments: ["SUCCEEDED", "IN_PROGRESS", "FLAKY", "NOT FAILED", "queued"])
  func `other words are no failure`(word: String) {
    #expect(!BuildStatus(status: word).hasFailed)
  }
}
