import Testing
import TrackDomain

@Suite(.timeLimit(.minutes(2))) struct EnvironmentVariableRulesTests {
  private func check(_ drafts: [EnvironmentVariableDraft]) -> ([String], [EnvironmentVariable]) {
    var violations = Violations()
    let variables = EnvironmentVariableRules.check(drafts, &violations)
    #expect(
      violations.fields.isEmpty || violations.error?.reason == .invalidEnvironmentVariable)
    return (violations.fields.map(\.field), variables)
  }

  @Test func `accepts each kind of source and sorts by name`() {
    let (fields, variables) = check([
      .init(name: "b", source: .value("")), .init(name: "_A1", source: .value("x\ny")),
      .init(name: "c", source: .connection(name: "hr.db-1", key: "URL")),
      .init(name: "a", source: .configGroup(name: "x", key: "a._-Z")),
    ])
    #expect(fields == [])
    #expect(variables.map(\.name) == ["_A1", "a", "b", "c"])
    #expect(variables.allSatisfy { $0.origin == .user })
  }

  @Test func `accepts texts as long as may be`() {
    let long = String(repeating: "a", count: 253)
    let (fields, _) = check([
      .init(name: long + "ab", source: .value(String(repeating: "é", count: 2048))),
      .init(name: "a", source: .connection(name: long, key: long)),
      .init(name: "b", source: .configGroup(name: long, key: long)),
    ])
    #expect(fields == [])
  }

  @Test(arguments: [
    (EnvironmentVariableDraft(name: "", source: .value("")), "name"),
    (EnvironmentVariableDraft(name: "1a", source: .value("")), "name"),
    (EnvironmentVariableDraft(name: "a-b", source: .value("")), "name"),
    (EnvironmentVariableDraft(name: "é", source: .value("")), "name"),
    (
      EnvironmentVariableDraft(name: String(repeating: "a", count: 256), source: .value("")),
      "name"
    ),
    (EnvironmentVariableDraft(name: "a", source: .value("\0")), "value"),
    (
      EnvironmentVariableDraft(
        name: "a", source: .value(String(repeating: "é", count: 2049))), "value"
    ),
    (
      EnvironmentVariableDraft(name: "a", source: .connection(name: "A", key: "b")),
      "connection_ref.name"
    ),
    (
      EnvironmentVariableDraft(name: "a", source: .connection(name: "a-", key: "b")),
      "connection_ref.name"
    ),
    (
      EnvironmentVariableDraft(
        name: "a", source: .connection(name: String(repeating: "a", count: 254), key: "b")),
      "connection_ref.name"
    ),
    (
      EnvironmentVariableDraft(
        name: "a", source: .configGroup(name: "a", key: String(repeating: "b", count: 254))),
      "config_group_ref.key"
    ),
    (
      EnvironmentVariableDraft(name: "a", source: .configGroup(name: "a", key: "b c")),
      "config_group_ref.key"
    ),
    (
      EnvironmentVariableDraft(name: "a", source: .configGroup(name: "a", key: "")),
      "config_group_ref.key"
    ),
    (EnvironmentVariableDraft(name: "a", source: .form(.init())), "config_form"),
    (EnvironmentVariableDraft(name: "a", source: .value(""), origin: .sourceConfig), "origin"),
    (EnvironmentVariableDraft(name: "a", source: .value(""), origin: nil), "origin"),
  ])
  func `names what breaks a rule`(draft: EnvironmentVariableDraft, field: String) {
    let good = EnvironmentVariableDraft(name: "good", source: .value(""))
    #expect(check([good, draft]).0 == ["environment_variables[1].\(field)"])
  }

  @Test func `takes a source, unique names and at most 200`() {
    #expect(check([.init(name: "a", source: nil)]).0 == ["environment_variables[0]"])
    let twice = EnvironmentVariableDraft(name: "a", source: .value(""))
    #expect(check([twice, twice]).0 == ["environment_variables[1].name"])
    let many = (0..<201).map { EnvironmentVariableDraft(name: "a\($0)", source: .value("")) }
    #expect(check(many).0 == ["environment_variables"])
    #expect(check(Array(many.dropLast())).0 == [])
  }

  @Test func `a user's variable goes before the file's`() {
    let configs = TrackConfigs(environmentVariables: [
      EnvironmentVariable(name: "a", source: .value("user")),
      EnvironmentVariable(name: "a", source: .form(.init()), origin: .sourceConfig),
      EnvironmentVariable(name: "b", source: .value("file"), origin: .sourceConfig),
    ])
    #expect(
      configs.effectiveEnvironmentVariables.map(\.source) == [.value("user"), .value("file")])
  }
}
