import Testing
import TrackDomain

@testable import TrackSourceConfig

@Suite(.timeLimit(.minutes(2))) struct UnknownKeyTests {
  /// The warnings about a file, without those that all files of its kind get.
  private func warnings(_ text: String, as name: String = "component.yaml") throws -> [String] {
    try Samples.read(text, as: name).warnings.filter { !$0.hasPrefix("OUTDATED_SOURCE_CONFIG") }
  }

  /// The fields of one endpoint, each on a line of its own from line 3 on.
  private func endpoint(_ fields: String...) -> String {
    "schemaVersion: 1.2\nendpoints:\n  - "
      + (["name: a", "type: REST", "networkVisibilities: [Public]"] + fields)
      .joined(separator: "\n    ") + "\n"
  }

  @Test func `a misspelled visibility is told, and that the endpoint is public`() throws {
    #expect(
      try warnings(
        """
        schemaVersion: 1.2
        endpoints:
          - name: admin
            service: {basePath: /admin, port: 8080}
            type: REST
            networkVisibility: Project
        """) == [
          "endpoints[0].networkVisibility: line 6, column 5: is not known in component.yaml 1.2, and "
            + "is not applied; the nearest known key is networkVisibilities",
          "endpoints[0]: line 3, column 5: does not say its networkVisibilities, which means Public",
        ])
  }

  @Test(arguments: [
    ("service: {port: 8080, networkVisibilities: [Project]}", "endpoints[].networkVisibilities"),
    ("service: {port: 8080, networkVisibilites: [Project]}", "endpoints[].networkVisibilities"),
    ("service: {port: 8080, context: /a}", "basePath"),
    ("service: {port: 8080}\n    context: /a", "endpoints[].service.basePath"),
    ("service: {port: 8080}\n    basepath: /a", "endpoints[].service.basePath"),
    ("service: {port: 8080}\n    port: 8080", "endpoints[].service.port"),
    ("service: {port: 8080}\n    visibility: Project", "networkVisibilities"),
    ("service: {port: 8080}\n    displayname: A", "displayName"),
    ("service: {port: 8080}\n    schemaPath: a", "schemaFilePath"),
    ("service: {port: 8080}\n    tpye: REST", "type"),
    ("service: {port: 8080}\n    dependencies: {}", "dependencies"),
  ])
  func `the nearest known key is one that looks alike, here or elsewhere`(
    fields: String, nearest: String
  ) throws {
    let told = try warnings(endpoint(fields))
    #expect(told.map { $0.hasSuffix("; the nearest known key is \(nearest)") } == [true], "\(told)")
  }

  @Test(arguments: ["x", "url", "spec", "kind", String(repeating: "endpoints", count: 14)])
  func `where none looks alike, those that are known there are named`(key: String) throws {
    #expect(
      try warnings("schemaVersion: 1.2\n\(key): [1]\n") == [
        "\(key): line 2, column 1: is not known in component.yaml 1.2, and is not applied; known "
          + "there: schemaVersion, endpoints, dependencies, configurations, configuration, proxy"
      ])
  }

  @Test func `a file of another kind's keys is told key by key`() throws {
    let told = try warnings(
      """
      schemaVersion: 1.0
      apiVersion: core.choreo.dev/v1beta1
      spec:
        inbound:
          - {name: core, port: 8080, type: REST, networkVisibility: Public, context: /api}
      inbound: []
      """)
    #expect(
      told.map { String($0.prefix { $0 != ":" }) } == ["apiVersion", "spec", "inbound"])
    #expect(told.last?.hasSuffix("the nearest known key is endpoints") == true)
  }

  @Test func `what a later schema knows is told as such`() throws {
    #expect(
      try warnings("schemaVersion: 1.0\nconfigurations: {env: [{name: A, value: x}]}\n") == [
        "configurations: line 2, column 1: is known from component.yaml 1.1 on only, and is not "
          + "applied"
      ])
    #expect(
      try warnings(
        "schemaVersion: 1.1\nproxy: {}\n"
          + "configurations: {env: [{name: A, value: x, valueFrom: {configForm: {}}}]}\n"
      ).map { $0.contains("is known from component.yaml 1.2 on only") } == [true, true])
    #expect(
      try warnings("schemaVersion: 1.0\ndependencies: {connectionReferences: []}\n").contains {
        $0.contains("is known from component.yaml 1.1 on only")
      })
  }

  @Test(arguments: [
    (
      "endpoints.yaml",
      "version: 1\nendpoints: [{name: a, port: 8080, type: WS, context: /, "
        + "networkVisibilities: [Project]}]",
      "endpoints[0].networkVisibilities: line 2, column 57",
      "the nearest known key is networkVisibility"
    ),
    (
      "component-config.yaml",
      "apiVersion: core.choreo.dev/v1beta1\nkind: ComponentConfig\nendpoints: []\n",
      "endpoints: line 3, column 1", "the nearest known key is spec.inbound"
    ),
    (
      "component-config.yaml",
      "apiVersion: core.choreo.dev/v1beta1\nkind: ComponentConfig\nspec: {outbounds: {}}\n",
      "spec.outbounds: line 3, column 8", "the nearest known key is outbound"
    ),
  ])
  func `old files are looked at by schemas of their own`(
    name: String, text: String, place: String, hint: String
  ) throws {
    let told = try warnings(text, as: name).first
    #expect(told?.hasPrefix(place) == true && told?.hasSuffix(hint) == true, "\(told ?? "nothing")")
    let lost = try Samples.migrate(text, as: name).warnings
    #expect(lost.contains { $0.hasPrefix(place) && $0.contains("and is left out") }, "\(lost)")
  }

  @Test func `what is below a known key that is not applied is looked at, too`() throws {
    let told = try warnings(
      """
      schemaVersion: 1.2
      dependencies:
        connectionReferences:
          - {name: abc, resourceRef: 'database:d', secret: x}
        serviceReferences:
          - name: database:d
            connectionConfig: 19d2648b-d29c-4452-afdd-1b9311e81412
            env: [{from: A, to: B, via: C}]
      configurations:
        env:
          - {name: A, valueFrom: {connectionRef: {name: a, key: b, kye: c}}}
          - {name: B, valueFrom: {configForm: {lable: a}}}
      """)
    #expect(
      told.map { String($0.prefix { $0 != ":" }) } == [
        "dependencies", "dependencies.connectionReferences[0].secret",
        "dependencies.serviceReferences[0].env[0].via",
        "configurations.env[0].valueFrom.connectionRef.kye",
        "configurations.env[1].valueFrom.configForm.lable",
      ])
  }

  @Test func `migrating tells what nobody reads, whatever it is made from`() throws {
    for version in ["1.0", "1.1", "1.2"] {
      let migrated = try Samples.migrate("schemaVersion: \(version)\nendpoint: []\n")
      #expect(
        migrated.warnings == [
          "endpoint: line 2, column 1: is not known in component.yaml 1.2, and is not applied; the "
            + "nearest known key is endpoints"
        ])
      #expect(migrated.content.contains("\nendpoint: []\n"))
    }
  }

  @Test func `references lose what is not known on their way`() throws {
    let migrated = try Samples.migrate(
      """
      apiVersion: core.choreo.dev/v1beta1
      kind: ComponentConfig
      spec:
        outbound:
          serviceReferences:
            - name: database:d
              connectionConfig: 19d2648b-d29c-4452-afdd-1b9311e81412
              connectionType: x
              env: [{from: A, to: B}]
      """, as: "component-config.yaml")
    #expect(!migrated.content.contains("connectionType"))
    #expect(
      migrated.warnings.map { $0.hasPrefix("spec.outbound.serviceReferences[0].connectionType") }
        == [true])
    #expect(try warnings(migrated.content).map { $0.hasPrefix("dependencies:") } == [true])
  }

  @Test func `keys that are no words stand in quotes`() throws {
    let told = try warnings("schemaVersion: 1.2\n\"a\\tb: c\": 1\n\"d e\": 1\n")
    #expect(
      told.map { String($0.prefix { $0 != "," }) } == [
        "\"a\\tb: c\": line 2", "\"d e\": line 3",
      ])
  }

  @Test func `ten thousand unknown keys are told in a moment, a hundred of them one by one`() throws
  {
    var text = "schemaVersion: 1.2\n"
    for number in 0..<9000 { text += "endpointz\(number): 1\n" }
    let start = ContinuousClock.now
    let told = try warnings(text)
    #expect(start.duration(to: .now) < .seconds(5))
    #expect(told.count == 101)
    #expect(told.last == "and 8900 warnings more")
  }
}
