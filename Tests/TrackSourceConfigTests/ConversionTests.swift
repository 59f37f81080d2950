import Testing
import TrackDomain
import TrackSourceConfig

@Suite(.timeLimit(.minutes(2))) struct ConversionTests {
  @Test func `component·yaml becomes a configuration`() throws {
    let config = try Samples.read(Samples.component12)
    #expect(
      config.endpoints == [
        Endpoint(
          name: "events", type: .tcp, port: 9091, visibilities: [.project], origin: .sourceConfig),
        Endpoint(
          name: "greeting-service", displayName: "Greeting Service", type: .rest, port: 9090,
          basePath: "/greeting", schemaFilePath: "greeting_openapi.yaml",
          visibilities: [.organization], origin: .sourceConfig),
      ])
    #expect(
      config.environmentVariables == [
        EnvironmentVariable(
          name: "GROUP", source: .configGroup(name: "group", key: "k"), origin: .sourceConfig),
        EnvironmentVariable(name: "LEVEL", source: .value("0123"), origin: .sourceConfig),
        EnvironmentVariable(
          name: "TOKEN",
          source: .form(.init(displayName: "The token", isRequired: true, type: "secret")),
          origin: .sourceConfig),
      ])
    #expect(
      config.files == [
        SourceConfigReference(
          file: "greeting_openapi.yaml", path: "endpoints[0].schemaFilePath", line: 11, column: 21)
      ])
    #expect(config.warnings.map { String($0.prefix { $0 != ":" }) } == ["dependencies"])
  }

  @Test(arguments: Samples.all)
  func `a file and what it is migrated to become the same configuration`(
    name: String, text: String
  ) throws {
    let before = try Samples.read(text, as: name)
    let after = try Samples.read(try Samples.migrate(text, as: name).content)
    #expect(after.endpoints == before.endpoints)
    #expect(after.environmentVariables == before.environmentVariables)
    #expect(after.files.map(\.file) == before.files.map(\.file))
  }

  @Test(arguments: Samples.all)
  func `files of old kinds are warned of`(name: String, text: String) throws {
    let isOutdated = try Samples.read(text, as: name).warnings.contains {
      $0.hasPrefix("OUTDATED_SOURCE_CONFIG")
    }
    #expect(isOutdated == (text != Samples.component12))
  }

  @Test func `names of references are made fit for a cluster`() throws {
    let config = try Samples.read(Samples.component11)
    #expect(
      config.environmentVariables.map(\.source) == [
        .value("no"), .connection(name: "hr-connection", key: "ServiceURL"),
      ])
    #expect(config.warnings.contains { $0.contains("is called hr-connection in the cluster") })
  }

  @Test(arguments: [
    ("schemaFilePath: ../a.yaml", "endpoints[0].schemaFilePath 3:41"),
    ("schemaFilePath: /", "endpoints[0].schemaFilePath 3:41"),
    ("schemaFilePath: a/../../b", "endpoints[0].schemaFilePath 3:41"),
    ("displayName: \"a\\tb\"", "endpoints[0].displayName 3:5"),
  ])
  func `what a track cannot have is told with its place`(field: String, problem: String) {
    let text =
      "schemaVersion: 1.2\nendpoints:\n  - {name: a, type: WS, \(field), service: {port: 8080}}\n"
    #expect(Samples.problems(text).map { $0.hasPrefix(problem) } == [true])
  }

  @Test(arguments: [
    ("/api//v1/./a.yaml", "api/v1/a.yaml"), ("./a", "a"), ("b/../a", "a"), ("a b", "a b"),
  ])
  func `paths are told as repositories have them`(path: String, file: String) throws {
    let text =
      "version: 1\nendpoints: [{name: a, port: 8080, type: REST, context: /, "
      + "schemaFilePath: '\(path)'}]"
    #expect(try Samples.read(text, as: "endpoints.yaml").files.map(\.file) == [file])
  }

  @Test func `a track has at most 50 endpoints and 200 variables from a file`() {
    func problems(endpoints: Int, variables: Int) -> [String] {
      var text = "schemaVersion: 1.2\nendpoints:\n"
      for n in 0..<endpoints { text += "  - {name: e\(n), type: WS, service: {port: 8080}}\n" }
      text += "configurations:\n  env:\n"
      for n in 0..<variables { text += "    - {name: E\(n), value: x}\n" }
      return Samples.problems(text)
    }
    #expect(problems(endpoints: 50, variables: 200) == [])
    #expect(
      problems(endpoints: 51, variables: 201) == [
        "endpoints 3:5 must be at most 50 endpoints",
        "configurations.env 56:7 must be at most 200 variables",
      ])
  }

  @Test(arguments: [
    ("string", "string", 0), ("number", "number", 0), ("boolean", "boolean", 0),
    ("secret", "secret", 0), ("Secret", "secret", 1), ("integer", "number", 1),
    ("bool", "boolean", 1), ("password", "secret", 1), ("array", "string", 1),
    ("object", "string", 1), ("\"\"", "string", 1), ("12", "string", 1),
  ])
  func `a form has one of four types, and others are warned of`(
    type: String, taken: String, warnings: Int
  ) throws {
    let config = try Samples.read(
      "schemaVersion: 1.2\nconfigurations:\n  env:\n"
        + "    - {name: A, valueFrom: {configForm: {type: \(type)}}}\n")
    #expect(
      config.environmentVariables.map(\.source)
        == [.form(.init(displayName: "", isRequired: true, type: taken))])
    let place = "configurations.env[0].valueFrom.configForm.type: line 4, "
    #expect(
      config.warnings.map { $0.hasPrefix(place) } == Array(repeating: true, count: warnings))
  }

  @Test func `values and forms have limits`() {
    func variable(_ fields: String) -> [String] {
      Samples.problems(
        "schemaVersion: 1.2\nconfigurations:\n  env:\n    - {name: A, \(fields)}\n")
    }
    #expect(variable("value: \(String(repeating: "x", count: 4096))") == [])
    #expect(variable("value: \(String(repeating: "x", count: 4097))").count == 1)
    #expect(variable("valueFrom: {connectionRef: {name: '--', key: 'a b'}}").count == 2)
    for (length, count) in [(255, 0), (256, 1)] {
      let text = String(repeating: "x", count: length)
      #expect(variable("valueFrom: {configForm: {displayName: \(text)}}").count == count)
      let named = "schemaVersion: 1.2\nconfigurations: {env: [{name: \(text), value: x}]}\n"
      #expect(Samples.problems(named).count == count)
      let path = "/" + text.dropFirst()
      let endpoint = "{name: a, type: WS, service: {port: 8080, basePath: \(path)}}"
      #expect(Samples.problems("schemaVersion: 1.2\nendpoints: [\(endpoint)]").count == count)
    }
    for (length, count) in [(1024, 0), (1025, 1)] {
      let path = String(repeating: "é", count: 511) + String(repeating: "x", count: length - 1022)
      let endpoint = "{name: a, type: WS, service: {port: 8080}, schemaFilePath: \(path)}"
      #expect(Samples.problems("schemaVersion: 1.2\nendpoints: [\(endpoint)]").count == count)
    }
  }

  @Test(arguments: [
    ("'True'", true), ("1", true), ("'1'", true), ("FALSE", false), ("0", false), ("false", false),
  ])
  func `a form is required or not, however that is written`(text: String, isRequired: Bool) throws {
    let config = try Samples.read(
      "schemaVersion: 1.2\nconfigurations: {env: [{name: A, valueFrom: {configForm: "
        + "{required: \(text)}}}]}\n")
    #expect(
      config.environmentVariables.map(\.source) == [.form(.init(isRequired: isRequired))])
  }

  @Test func `an empty value is none where there is another source`() throws {
    let config = try Samples.read(
      "schemaVersion: 1.2\nconfigurations: {env: [{name: A, value: '', valueFrom: "
        + "{configGroupRef: {name: a, key: k}}}]}\n")
    #expect(config.environmentVariables.map(\.source) == [.configGroup(name: "a", key: "k")])
    #expect(config.warnings == [])
  }

  @Test func `of several sources the first counts, and that is told`() throws {
    let sources = [
      (
        "connectionRef: {name: a, key: k}",
        EnvironmentVariable.Source.connection(name: "a", key: "k")
      ),
      ("configGroupRef: {name: b, key: k}", .configGroup(name: "b", key: "k")),
      ("configForm: {type: number}", .form(.init(type: "number"))),
    ]
    for first in 0..<sources.count {
      // Whatever their order in the file.
      let given = sources[first...].map(\.0).reversed().joined(separator: ", ")
      let text = "schemaVersion: 1.2\nconfigurations: {env: [{name: A, valueFrom: {\(given)}}]}\n"
      let config = try Samples.read(text)
      #expect(config.environmentVariables.map(\.source) == [sources[first].1])
      #expect(config.warnings.count == (first < sources.count - 1 ? 1 : 0))
      let valued = try Samples.read(text.replacing("name: A", with: "name: A, value: x"))
      #expect(valued.environmentVariables.map(\.source) == [.value("x")])
      #expect(valued.warnings.count == 1)
    }
  }

  @Test(arguments: [
    ("dependencies", "dependencies: {serviceReferences: []}"), ("proxy", "proxy: {a: b}"),
    ("configurations.file", "configurations: {file: [{name: a}]}"),
    ("configuration.file", "configuration: {file: [{name: a}]}"),
    (nil, "dependencies: {}"), (nil, "proxy: ~"), (nil, "configurations: {file: []}"),
  ])
  func `what is no part of a configuration is warned of, if it says anything`(
    path: String?, field: String
  ) throws {
    let warnings = try Samples.read("schemaVersion: 1.2\n\(field)\n").warnings
    #expect(warnings.map { String($0.prefix { $0 != ":" }) } == [path].compactMap { $0 })
  }

  @Test(arguments: [100, 101, 150])
  func `a hundred warnings are told, and how many more there are`(count: Int) throws {
    var text = "schemaVersion: 1.2\nconfigurations:\n  env:\n"
    for n in 0..<count {
      text += "    - {name: E\(n), valueFrom: {connectionRef: {name: DB, key: k}}}\n"
    }
    let warnings = try Samples.read(text).warnings
    #expect(warnings.prefix(100).allSatisfy { $0.contains("is called db in the cluster") })
    #expect(warnings.dropFirst(100) == (count == 100 ? [] : ["and \(count - 100) warnings more"]))
  }

  @Test func `what is wrong and what it refers to come together`() {
    let text = Samples.component12.replacing("9091", with: "91")
    do {
      _ = try Samples.read(text)
      Issue.record("read")
    } catch {
      #expect(error.violations.map(\.path) == ["endpoints[1].service.port"])
      #expect(error.files.map(\.file) == ["greeting_openapi.yaml"])
    }
  }

  @Test func `visibilities are a set, and Public is the default`() throws {
    func visibilities(_ list: String) throws -> [NetworkVisibility] {
      try Samples.read(
        "schemaVersion: 1.2\nendpoints: [{name: a, type: WS, service: {port: 8080}\(list)}]"
      ).endpoints[0].visibilities
    }
    #expect(try visibilities("") == [.public])
    #expect(try visibilities(", networkVisibilities: []") == [.public])
    #expect(
      try visibilities(", networkVisibilities: [Project, Public, Project]") == [.public, .project])
  }

  @Test(arguments: [
    ("", 1), (", networkVisibilities: []", 1), (", networkVisibilities: [Public]", 0),
    (", networkVisibilities: [Project]", 0),
  ])
  func `a visibility that nobody chose is warned of`(list: String, count: Int) throws {
    let told = try Samples.read(
      "schemaVersion: 1.2\nendpoints:\n  - {name: a, type: WS, service: {port: 8080}\(list)}\n"
    ).warnings
    #expect(
      told.map { $0.hasPrefix("endpoints[0]: line 3, column 5: ") && $0.hasSuffix("means Public") }
        == Array(repeating: true, count: count))
  }
}
