import Testing
import TrackDomain
import TrackSourceConfig

@Suite(.timeLimit(.minutes(2))) struct SchemaTests {
  private func component(_ endpoint: String) -> String {
    "schemaVersion: 1.2\nendpoints:\n  - \(endpoint)\n"
  }

  @Test(arguments: Samples.all)
  func `the samples are valid`(name: String, text: String) {
    #expect(Samples.problems(text, as: name) == [])
  }

  // MARK: The file

  @Test(arguments: ["", "# nothing\n", "[]", "text", "~", "---\n"])
  func `a file is a mapping`(text: String) {
    for name in ["component.yaml", "component-config.yaml", "endpoints.yaml"] {
      #expect(Samples.problems(text, as: name).map { $0.contains("must be a mapping") } == [true])
    }
  }

  @Test func `a file has one of three names`() {
    #expect(Samples.problems("a: 1", as: "other.yaml").count == 1)
    #expect(Samples.problems("a: 1", as: ".choreo/other.yaml")[0].contains("must be called"))
    #expect(Samples.problems(Samples.component12, as: "a/.choreo/component.yaml") == [])
  }

  @Test(arguments: ["1.2", "\"1.2\"", "'1.20'", "1.0", "1", "1.1", " 1.1"])
  func `versions are numbers`(version: String) {
    #expect(Samples.problems("schemaVersion: \(version)\n") == [])
  }

  @Test(arguments: ["0.9", "2", "1.3", "", "~", "latest", "[1.2]", "nan"])
  func `other versions are refused`(version: String) {
    let problems = Samples.problems("schemaVersion: \(version)\n")
    #expect(problems.map { $0.hasSuffix("must be 1.0, 1.1 or 1.2") } == [true])
  }

  @Test func `a version is required`() {
    #expect(Samples.problems("endpoints: []\n") == ["schemaVersion 1:1 is required"])
  }

  // MARK: Endpoints

  @Test(arguments: [
    ("{}", "endpoints[0].name 3:5 is required"),
    ("{}", "endpoints[0].service 3:5 is required"),
    ("{}", "endpoints[0].type 3:5 is required"),
    ("text", "endpoints[0] 3:5 must be a mapping"),
    ("{name: ''}", "endpoints[0].name 3:12 is required"),
    ("{name: ~}", "endpoints[0].name 3:12 must be a text"),
    ("{name: [a]}", "endpoints[0].name 3:12 must be a text"),
    ("{name: Cart}", "endpoints[0].name 3:12 must start with a lowercase letter"),
    ("{name: 1a}", "endpoints[0].name 3:12 must start with a lowercase letter"),
    ("{name: \(String(repeating: "a", count: 51))}", "endpoints[0].name 3:12 must have at most 50"),
    (
      "{displayName: \(String(repeating: "a", count: 51))}",
      "endpoints[0].displayName 3:19 must have at most 50"
    ),
    ("{displayName: ~}", "endpoints[0].displayName 3:19 must be a text"),
    ("{service: 1}", "endpoints[0].service 3:15 must be a mapping"),
    ("{service: {}}", "endpoints[0].service.port 3:15 is required"),
    ("{service: {port: 1000}}", "endpoints[0].service.port 3:22 must be greater than 1000"),
    ("{service: {port: 65535}}", "endpoints[0].service.port 3:22 must be less than 65535"),
    ("{service: {port: 8080.5}}", "endpoints[0].service.port 3:22 must be a whole number"),
    ("{service: {port: http}}", "endpoints[0].service.port 3:22 must be a number"),
    ("{service: {port: ~}}", "endpoints[0].service.port 3:22 must be a number"),
    ("{service: {port: nan}}", "endpoints[0].service.port 3:22 must be a number"),
    ("{service: {port: 1e999}}", "endpoints[0].service.port 3:22 must be less than 65535"),
    ("{service: {basePath: a}}", "endpoints[0].service.basePath 3:26 must start with '/'"),
    ("{service: {basePath: ''}}", "endpoints[0].service.basePath 3:26 must start with '/'"),
    ("{service: {basePath: /a b}}", "endpoints[0].service.basePath 3:26 must start with '/'"),
    ("{type: HTTP}", "endpoints[0].type 3:12 must be REST"),
    ("{type: rest}", "endpoints[0].type 3:12 must be REST"),
    ("{networkVisibilities: Public}", "endpoints[0].networkVisibilities 3:27 must be a list"),
    ("{networkVisibilities: [Private]}", "endpoints[0].networkVisibilities[0] 3:28 must be Public"),
    ("{type: GRPC}", "endpoints[0].networkVisibilities 3:5 must be exactly [Project]"),
    (
      "{type: TCP, networkVisibilities: []}",
      "endpoints[0].networkVisibilities 3:38 must be exactly [Project]"
    ),
    (
      "{type: UDP, networkVisibilities: [Project, Public]}",
      "endpoints[0].networkVisibilities 3:38 must be exactly [Project]"
    ),
    ("{schemaFilePath: ~}", "endpoints[0].schemaFilePath 3:22 must be a text"),
    ("{schemaFilePath: [a]}", "endpoints[0].schemaFilePath 3:22 must be a text"),
  ])
  func `what breaks a rule is told with its place`(endpoint: String, problem: String) {
    let problems = Samples.problems(component(endpoint))
    #expect(problems.contains { $0.hasPrefix(problem) }, "\(problems)")
  }

  @Test func `names of endpoints are as long as may be, in UTF-16`() {
    // Fifty UTF-16 code units, in 26 characters.
    let emoji = String(repeating: "\u{1F600}", count: 24) + "ab"
    for (display, count) in [(emoji, 0), (emoji + "c", 1)] {
      let endpoint =
        "name: \(String(repeating: "a", count: 50)), displayName: \(display), type: WS, "
        + "service: {port: 8080}"
      #expect(Samples.problems(component("{\(endpoint)}")).count == count)
    }
  }

  @Test(arguments: ["1001", "65534", "\"8080\"", "0x1F90", "8.08e3", "8080.0", "8_080"])
  func `ports are whole numbers, however written`(port: String) {
    let text = component("{name: a, type: REST, service: {port: \(port)}}")
    #expect(Samples.problems(text) == [])
  }

  @Test func `keys that nobody knows are accepted, names that repeat are not`() {
    let one = "  - {name: a, type: WS, service: {port: 8080}, other: [x]}\n"
    #expect(Samples.problems("schemaVersion: 1.2\nmore: {}\nendpoints:\n" + one) == [])
    #expect(
      Samples.problems("schemaVersion: 1.2\nendpoints:\n" + one + one)
        == ["endpoints[1].name 4:12 must be unique"])
  }

  @Test func `every violation is told at once in the order of the file`() {
    let problems = Samples.problems(
      """
      schemaVersion: 1.2
      endpoints:
        - name: Bad
          name: worse
          service:
            port: 80
          type: SOAP
      dependencies: []
      configurations:
        env:
          - name: 1x
      """)
    #expect(
      problems.map { String($0.prefix { $0 != " " }) } == [
        "endpoints[0].name", "endpoints[0].name", "endpoints[0].service.port", "endpoints[0].type",
        "dependencies", "configurations.env[0]", "configurations.env[0].name",
      ])
  }

  @Test func `no more than a hundred violations are told, and how many more`() {
    let text = component("{}") + String(repeating: "  - {}\n", count: 99)
    do {
      _ = try Samples.read(text)
      Issue.record("read")
    } catch {
      #expect(error.violations.count == 100)
      #expect(error.omitted == 200)
    }
  }

  // MARK: Legacy files

  @Test func `endpoints·yaml has rules of its own`() {
    let problems = Samples.problems(
      """
      endpoints:
        - {name: A, port: 80, type: REST}
        - {name: A, port: 8080, type: GRPC, networkVisibility: Private}
        - {name: A, port: 8080, type: WS, context: ''}
      """, as: "endpoints.yaml")
    #expect(
      problems.map { String($0.prefix { $0 != " " }) } == [
        "version", "endpoints[0].context", "endpoints[0].port", "endpoints[1].networkVisibility",
        "endpoints[2].context",
      ])
    #expect(Samples.problems("version: 0.1\n", as: "endpoints.yaml").count == 1)
    #expect(Samples.problems("version: 0.1\nendpoints: []\n", as: "endpoints.yaml") == [])
  }

  @Test func `component-config·yaml has a version and a kind`() {
    let problems = Samples.problems(
      "apiVersion: v1\nkind: Config\nspec: {inbound: x, outbound: {serviceReferences: {}}}\n",
      as: "component-config.yaml")
    #expect(
      problems.map { String($0.prefix { $0 != " " }) } == [
        "apiVersion", "kind", "spec.inbound", "spec.outbound.serviceReferences",
      ])
  }
}
