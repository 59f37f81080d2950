import Testing

@Suite(.timeLimit(.minutes(2))) struct SchemaReferencesTests {
  // MARK: Dependencies

  private func reference(_ key: String, _ fields: String) -> [String] {
    Samples.problems("schemaVersion: 1.1\ndependencies:\n  \(key):\n    - {\(fields)}\n")
  }

  @Test(arguments: [
    ("choreo:///a/b/c/d/v1/PUBLIC", true), ("choreo:///a/b/c/d/v1.0/PROJECT", true),
    ("choreo:///a/b/c/d/v1.0.0/PUBLIC", false), ("choreo:///a/b/c/d/V1/PUBLIC", false),
    ("choreo:///a/b/c/v1/PUBLIC", false), ("choreo:///a/b/c/d/v1/PRIVATE", false),
    ("choreo:///a/b/c/d/v1/PUBLIC/", false), ("choreo:///a//c/d/v1/PUBLIC", false),
    ("thirdparty:My Service_1.0-x/v1.2.3", true), ("thirdparty:a/V1", true),
    ("thirdparty:a", false), ("thirdparty:a/1", false), ("thirdparty:/v1", false),
    ("thirdparty:a/v1.", false), ("database:db", true), ("database:srv/db", true),
    ("database:a/b/c", false), ("database:", false), ("http://a", false), ("a/v1", false),
  ])
  func `services are named in three ways`(name: String, isValid: Bool) {
    let problems = reference(
      "serviceReferences",
      "name: '\(name)', connectionConfig: 19d2648b-d29c-4452-afdd-1b9311e81412, env: []")
    #expect(problems.isEmpty == isValid, "\(problems)")
  }

  @Test(arguments: [
    ("service:/proj/comp/v1/ad088/PUBLIC", true), ("comp/v1.1", true), ("comp/v1.1/PUBLIC", true),
    ("/proj/comp/v1.1", true), ("comp/1.2.3/ep", true), ("service:comp/V1/ep/PROJECT", true),
    ("service:proj/comp/v1.1/ad088/PUBLIC", false), ("comp/v1/", false),
    ("comp/v1/ep/PRIVATE", false), ("comp", false), ("THIRDPARTY:a/v1", false),
    ("thirdparty:a/v1", true), ("database:a/b", true), ("storage:My files-1", true),
    ("storage:", false), ("storage:a/b", false), ("/proj//v1", false),
  ])
  func `resources are referred to in four ways`(resource: String, isValid: Bool) {
    let problems = reference("connectionReferences", "name: abc, resourceRef: '\(resource)'")
    #expect(problems.isEmpty == isValid, "\(problems)")
  }

  @Test(arguments: [
    ("abc", true), ("HR Connection", true), (" a-b ", true), ("  abc", true), ("abc  ", false),
    ("a", false), ("ab", false), ("a--b", false), ("a- b", false), ("-abc", false), ("abc-", false),
    ("a,b", false), (String(repeating: "a", count: 50), true),
    (String(repeating: "a", count: 51), false),
  ])
  func `connections have names of their own`(name: String, isValid: Bool) {
    let problems = reference("connectionReferences", "name: '\(name)', resourceRef: comp/v1")
    #expect(problems.isEmpty == isValid, "\(problems)")
  }

  @Test(arguments: [
    ("19d2648b-d29c-4452-afdd-1b9311e81412", true), ("19D2648B-D29C-1452-8FDD-1B9311E81412", true),
    ("00000000-0000-0000-0000-000000000000", true), ("19d2648b-d29c-7452-afdd-1b9311e81412", false),
    ("19d2648b-d29c-2452-9fdd-1b9311e81412", true), ("19d2648b-d29c-3452-bfdd-1b9311e81412", true),
    ("19d2648b-d29c-5452-afdd-1b9311e81412", true), ("19d2648b-d29c-6452-afdd-1b9311e81412", false),
    ("19d2648b-d29c-0452-afdd-1b9311e81412", false),
    ("19d2648b-d29c-4452-7fdd-1b9311e81412", false),
    ("19d2648bd29c4452afdd1b9311e81412", false), ("19d2648b-d29c-4452-cfdd-1b9311e81412", false),
    ("", false),
  ])
  func `connection configurations are UUIDs`(id: String, isValid: Bool) {
    let problems = reference(
      "serviceReferences", "name: 'database:db', connectionConfig: '\(id)', env: []")
    #expect(problems.isEmpty == isValid, "\(problems)")
  }

  @Test func `what references lack is told`() {
    #expect(
      reference("serviceReferences", "env: [{from: a}, x]").map { String($0.prefix { $0 != " " }) }
        == [
          "dependencies.serviceReferences[0].connectionConfig",
          "dependencies.serviceReferences[0].name",
          "dependencies.serviceReferences[0].env[0].to",
          "dependencies.serviceReferences[0].env[1]",
        ])
    #expect(reference("connectionReferences", "a: b").count == 2)
    #expect(
      Samples.problems(
        "schemaVersion: 1.0\ndependencies:\n  connectionReferences: nothing that 1.0 knows\n") == []
    )
  }

  // MARK: Configurations

  private func variable(_ fields: String, version: String = "1.2") -> [String] {
    Samples.problems(
      "schemaVersion: \(version)\nconfigurations:\n  env:\n    - {name: A, \(fields)}\n")
  }

  @Test(arguments: [
    ("value: x", true), ("value: 0", true), ("value: false", true), ("value: ''", false),
    ("value: ~", false), ("value: [a]", false), ("other: x", false), ("valueFrom: {}", false),
    ("valueFrom: x", false), ("valueFrom: {connectionRef: {name: a, key: b}}", true),
    ("valueFrom: {connectionRef: {name: a}}", false), ("valueFrom: {connectionRef: ~}", false),
    ("value: x, valueFrom: {connectionRef: ~}", true),
    ("valueFrom: {configGroupRef: {name: a, key: b}}", true),
    ("valueFrom: {configForm: {}}", true), ("valueFrom: {configForm: {required: x}}", false),
    ("valueFrom: {configForm: {required: 'True', type: secret, displayName: a}}", true),
    ("valueFrom: {configForm: {type: object}}", true),
    ("valueFrom: {configForm: {type: []}}", false),
  ])
  func `variables have a source`(fields: String, isValid: Bool) {
    #expect(variable(fields).isEmpty == isValid, "\(variable(fields))")
  }

  @Test func `forms are of the newest schema, and variables of none before 1·1`() {
    #expect(variable("valueFrom: {configForm: {}}", version: "1.1").count == 1)
    #expect(variable("x: y", version: "1.0") == [])
  }

  @Test func `names of variables are those of shells, and unique`() {
    let text = """
      schemaVersion: 1.1
      configuration:
        env: [{name: a-b, value: x}, {name: A, value: x}, {name: A, value: x}]
      """
    #expect(
      Samples.problems(text).map { String($0.prefix { $0 != " " }) }
        == ["configuration.env[0].name", "configuration.env[2].name"])
  }
}
