import Testing
import TrackDomain

@testable import TrackSourceConfig

@Suite(.timeLimit(.minutes(2))) struct MigrationTests {
  @Test func `endpoints·yaml`() throws {
    let migrated = try Samples.migrate(Samples.endpoints, as: "endpoints.yaml")
    #expect(
      migrated.content == """
        schemaVersion: 1.2
        endpoints:
          - name: greeting-service
            displayName: Greeting Service
            service:
              basePath: /greeting
              port: 9090
            type: REST
            networkVisibilities:
              - Organization
            schemaFilePath: greeting_openapi.yaml
          - name: internal
            service:
              port: 9091
            type: GRPC
            networkVisibilities:
              - Project

        """)
    #expect(!migrated.wasNewest)
    #expect(
      migrated.warnings == [
        "endpoints[0]: line 3, column 5: \"Greeting Service\" is called greeting-service now, which "
          + "changes the URL of its managed API",
        "endpoints[1]: line 9, column 5: internal had networkVisibility Public and gets Project, the "
          + "only one for GRPC endpoints: it is exposed less widely",
        "the comments of the file are not carried over",
      ])
  }

  @Test func `what says all that it has to is migrated without a warning`() throws {
    let migrated = try Samples.migrate(
      """
      version: 1
      endpoints:
        - {name: a, port: 9090, type: REST, networkVisibility: Public, context: /a}
        - {name: b, port: 9091, type: UDP, networkVisibility: Project}
        - {name: c, port: 9092, type: TCP, networkVisibility: Project, schemaFilePath: c}
        - {name: d, port: 9093, type: GRPC, networkVisibility: Project, context: /d}

      """, as: "endpoints.yaml")
    #expect(migrated.warnings == [])
  }

  @Test func `component-config·yaml`() throws {
    let migrated = try Samples.migrate(Samples.componentConfig, as: "component-config.yaml")
    #expect(
      migrated.content == """
        schemaVersion: 1.2
        endpoints:
          - name: user-store-2
            displayName: User Store
            service:
              basePath: /
              port: 8080
            type: REST
            networkVisibilities:
              - Public
          - name: user-store
            service:
              port: 8081
            type: TCP
            networkVisibilities:
              - Project
        dependencies:
          serviceReferences:
            - name: choreo:///apifirst/mttm/mmvhxd/ad088/v1.0/PUBLIC
              connectionConfig: 19d2648b-d29c-4452-afdd-1b9311e81412
              env:
                - from: ServiceURL
                  to: SERVICE_URL

        """)
    #expect(migrated.warnings.count == 5)
    for place in ["metadata: line 4, column 3", "spec.build: line 7, column 5"] {
      #expect(
        migrated.warnings.contains("\(place): has no place in component.yaml, and is left out"))
    }
  }

  @Test func `component-config·yaml of the oldest version`() throws {
    let migrated = try Samples.migrate(
      Samples.oldestComponentConfig, as: "component-config.yaml")
    #expect(
      migrated.content == """
        schemaVersion: 1.2
        endpoints:
          - name: bookings
            displayName: Bookings
            service:
              basePath: /
              port: 9091
            type: REST
            networkVisibilities:
              - Organization
            schemaFilePath: openapi.json
          - name: admin
            service:
              basePath: /admin
              port: 9092
            type: REST
            networkVisibilities:
              - Project
          - name: events
            service:
              port: 9093
            type: UDP
            networkVisibilities:
              - Project
        dependencies:
          serviceReferences:
            - name: choreo:///org/proj/comp/proxy/v1.44/PUBLIC
              connectionConfig: 01eeb694-b00b-1270-afd5-85bbd9d740ba
              env:
                - from: ServiceURL
                  to: SERVICE_URL

        """)
    #expect(
      migrated.warnings == [
        "spec.inbound[0]: line 12, column 7: \"Bookings\" is called bookings now, which changes the "
          + "URL of its managed API",
        "spec.inbound[1]: line 18, column 7: admin did not say its visibility and gets Project, the "
          + "default",
        "spec.outbound.serviceReferences[0].name: line 27, column 15: "
          + "\"choreo:///org/proj/comp/proxy/1.44.0/PUBLIC\" is called "
          + "choreo:///org/proj/comp/proxy/v1.44/PUBLIC now",
        "metadata: line 4, column 3: has no place in component.yaml, and is left out",
        "spec.build: line 10, column 5: has no place in component.yaml, and is left out",
      ])
  }

  @Test func `the oldest version is exposed within its project unless it says more`() throws {
    let text = Samples.oldestComponentConfig.replacing("visibility:", with: "networkVisibility:")
    let config = try Samples.read(text, as: "component-config.yaml")
    #expect(config.endpoints.map(\.visibilities) == [[.project], [.project], [.project]])
    #expect(
      config.warnings.contains {
        $0.hasPrefix("spec.inbound[0].networkVisibility: line 15, column 7: is not known")
          && $0.hasSuffix("the nearest known key is visibility")
      })
  }

  @Test(arguments: [
    ("1.44.0", "v1.44"), ("1", "v1"), ("v1.0", "v1.0"), ("v2", "v2"), ("v1.2.3.4", "v1.2"),
  ])
  func `versions of services keep two numbers`(version: String, modern: String) throws {
    let text = Samples.oldestComponentConfig.replacing("1.44.0", with: version)
    let content = try Samples.migrate(text, as: "component-config.yaml").content
    #expect(content.contains("choreo:///org/proj/comp/proxy/\(modern)/PUBLIC\n"))
  }

  @Test(arguments: ["1.", "x", "vv1", "", "1/2"])
  func `and others are refused`(version: String) {
    let text = Samples.oldestComponentConfig.replacing("1.44.0", with: version)
    #expect(
      Samples.problems(text, as: "component-config.yaml").map {
        $0.hasPrefix("spec.outbound.serviceReferences[0].name 27:15")
      } == [true])
  }

  @Test func `component·yaml keeps its text but for the version`() throws {
    let migrated = try Samples.migrate(Samples.component10)
    #expect(
      migrated.content
        == Samples.component10.replacing("schemaVersion: 1.0", with: "schemaVersion: 1.2"))
    #expect(migrated.warnings == [])
    #expect(!migrated.wasNewest)
    let other = try Samples.migrate(Samples.component11)
    #expect(
      other.content
        == Samples.component11.replacing("\"1.1\"", with: "1.2").replacing(
          "configuration:", with: "configurations:"))
  }

  @Test func `the newest is returned unchanged`() throws {
    for text in [
      Samples.component12, "\u{FEFF}schemaVersion: 1.2\r\n# x", "{schemaVersion: '1.2'}",
    ] {
      let migrated = try Samples.migrate(text)
      #expect(migrated.content == text)
      #expect(migrated.wasNewest)
      #expect(migrated.warnings == [])
    }
  }

  @Test func `marks and returns do not stay`() throws {
    let text = "\u{FEFF}# é\r\nschemaVersion: 1.0\r\nendpoints: []\rmore: \"a\\\r\n  b\""
    let migrated = try Samples.migrate(text)
    #expect(
      migrated.content == "# é\nschemaVersion: 1.2\nendpoints: []\nmore: \"a\\\n  b\"\n")
  }

  @Test func `a version that cannot be replaced in the text is written anew`() throws {
    let text = """
      # comment
      v: &version 1.1
      schemaVersion: *version
      copy: &c {a: no, b: "no", c: 0x1F, d: ~, e: [1, [2]]}
      <<: *c
      """
    let migrated = try Samples.migrate(text)
    #expect(
      migrated.content == """
        v: 1.1
        schemaVersion: 1.2
        copy:
          a: no
          b: "no"
          c: 0x1F
          d: ~
          e:
            - 1
            -
              - 2
        a: no
        b: "no"
        c: 0x1F
        d: ~
        e:
          - 1
          -
            - 2

        """)
    #expect(
      migrated.warnings.map { String($0.prefix { $0 != ":" }) } == [
        "v", "copy", "a", "b", "c", "d", "e", "the comments of the file are not carried over",
      ])
  }

  @Test func `what had no effect before is warned of, and has to be valid`() throws {
    let text = "schemaVersion: 1.0\nconfigurations: {env: [{name: A, value: x}]}\n"
    #expect(
      try Samples.migrate(text).warnings
        == ["configurations: line 2, column 17: had no effect in schema 1.0, and has from 1.2 on"])
    let bad = "schemaVersion: 1.0\nconfigurations: {env: [{name: A}]}\n"
    #expect(Samples.problems(bad) == [])
    do {
      _ = try Samples.migrate(bad)
      Issue.record("migrated")
    } catch {
      #expect(error.violations.map(\.path) == ["configurations.env[0]"])
      #expect(error.violations.map(\.line) == [2])
    }
  }

  @Test func `of two configurations the one that counts stays the one that counts`() throws {
    let text = """
      schemaVersion: 1.1
      configuration: {env: [{name: A, value: x}]}
      configurations: {env: [{name: B, value: x}]}

      """
    let migrated = try Samples.migrate(text)
    #expect(migrated.content == text.replacing("1.1", with: "1.2"))
    #expect(migrated.warnings.count == 1)
    #expect(try Samples.read(migrated.content).environmentVariables.map(\.name) == ["B"])
  }

  @Test func `bad files are not migrated`() {
    for (text, path) in [
      ("version: 1\nendpoints: [{name: a, port: 8080, type: REST}]", "endpoints[0].context"),
      ("version: 1\nendpoints: [{name: a, port: 80, type: TCP}]", "endpoints[0].port"),
      ("version: 1\nversion: 2\nendpoints: []", "version"), ("version: 1\n\tendpoints: []", ""),
    ] {
      do {
        _ = try Samples.migrate(text, as: "endpoints.yaml")
        Issue.record("migrated \(text)")
      } catch {
        #expect(error.violations.map(\.path) == [path])
      }
    }
  }

  @Test func `values that YAML would retype are in quotes`() throws {
    let text = """
      version: 0.1
      endpoints:
        - {name: "no", port: "8080", type: UDP, schemaFilePath: 0123}
        - {name: "1e3", port: 0x1F90, type: UDP, schemaFilePath: "1.0"}
      """
    let content = try Samples.migrate(text, as: "endpoints.yaml").content
    for line in [
      "name: \"no\"", "port: 8080", "schemaFilePath: \"0123\"", "name: ep-1e3",
      "displayName: \"1e3\"", "schemaFilePath: \"1.0\"",
    ] {
      #expect(content.contains(line + "\n"), "\(content)")
    }
  }

  // MARK: Names

  @Test(arguments: [
    (["Greeting Service"], ["greeting-service"]), (["user_store", "a-b"], ["user_store", "a-b"]),
    (["User Store", "user-store"], ["user-store-2", "user-store"]),
    (["User Store", "USER STORE", "user store"], ["user-store", "user-store-2", "user-store-3"]),
    (["a", "a", "a-2", "a"], ["a", "a-3", "a-2", "a-4"]),
    (["1st", "9"], ["ep-1st", "ep-9"]),
    (["Grüße", "中文", "", "--"], ["gr-e", "endpoint", "endpoint-2", "endpoint-3"]),
    (["_x", "-y", " z "], ["x", "y", "z"]), (["A  &  B"], ["a-b"]),
    (
      [String(repeating: "A", count: 60), String(repeating: "A", count: 61)],
      [String(repeating: "a", count: 50), String(repeating: "a", count: 48) + "-2"]
    ),
    (
      [String(repeating: "a", count: 47) + "-bcd", String(repeating: "a", count: 47) + "-bce"],
      [String(repeating: "a", count: 47) + "-bc", String(repeating: "a", count: 47) + "-2"].map {
        String($0)
      }
    ),
  ])
  func `names become legal, and stay where they are`(names: [String], expected: [String]) {
    #expect(EndpointNames.legal(names) == expected)
  }

  @Test func `what people read is cut to what the schema allows`() {
    #expect(EndpointNames.display("a\u{1}b\nc") == "a b c")
    #expect(EndpointNames.display(String(repeating: "é", count: 60)).utf16.count == 50)
    #expect(EndpointNames.display(String(repeating: "\u{1F600}", count: 30)).count == 25)
  }
}
