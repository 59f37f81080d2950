import Testing
import TrackDomain

@Suite(.timeLimit(.minutes(2))) struct FilterParserTests {
  @Test(
    arguments: [
      ("", []),
      ("  ", []),
      ("branch = main", [.branch("main", equal: true)]),
      ("branch!='a b'", [.branch("a b", equal: false)]),
      (#"branch = "say \"hi\" \\ 'x'""#, [.branch(#"say "hi" \ 'x'"#, equal: true)]),
      (#"branch = """#, [.branch("", equal: true)]),
      ("branch = feature/x-1_y", [.branch("feature/x-1_y", equal: true)]),
      ("latest = true", [.latest(true)]),
      ("latest != true", [.latest(false)]),
      ("latest != \"false\"", [.latest(true)]),
      ("auto_deploy_enabled=false", [.autoDeployEnabled(false)]),
      ("api_version >= v1.10", [.version(.greaterOrEqual, APIVersion(major: 1, minor: 10))]),
      ("apiVersion<v2.0", [.version(.less, APIVersion(major: 2, minor: 0))]),
      ("api_version != ''", [.version(.notEqual, nil)]),
      (
        "created_at > 1970-01-01T00:00:01Z AND updated_at <= '1970-01-01T01:00:00.5+01:00'",
        [
          .createdAt(.greater, Timestamp(microseconds: 1_000_000)),
          .updatedAt(.lessOrEqual, Timestamp(microseconds: 500_000)),
        ]
      ),
      ("latest=true\n\tAND\r\nlatest=false", [.latest(true), .latest(false)]),
    ] as [(String, [TrackFilter.Comparison])])
  func `reads comparisons joined by AND`(
    text: String, comparisons: [TrackFilter.Comparison]
  ) throws {
    #expect(try FilterParser.parse(text).comparisons == comparisons)
  }

  @Test(arguments: [
    "branch", "branch =", "= main", "branch main", "branch = main latest = true",
    "branch = main AND", "AND branch = main", "branch = main and latest = true",
    "branch = main OR latest = true", "NOT latest = true", "(latest = true)", "branch : main",
    "branch == main", "branch < main", "branch ! main", "branch =! main", "latest > true",
    "latest = yes", "latest = TRUE", "auto_deploy_enabled >= true", "api_version = 1.0",
    "api_version = v1", "api_version = v01.0", "created_at = yesterday",
    "created_at = 2026-01-01", "updated_at < 2026-02-30T00:00:00Z", "description = x",
    "endpoints.name = x", "branch = 'main", #"branch = "a\n""#, #"branch = "a\"#,
    "branch = a,b", "branch = main\u{0}", "latest = true AND AND latest = true", "\"branch\" = x",
    "-latest = true", "bran\u{301}ch = x",
  ])
  func `refuses anything else`(text: String) {
    #expect(
      reason { () throws(InvalidValue) in _ = try FilterParser.parse(text) } == .invalidFilter)
  }

  @Test func `is bounded`() {
    let one = "latest = true"
    let most = Array(repeating: one, count: 20).joined(separator: " AND ")
    #expect(throws: Never.self) { try FilterParser.parse(most) }
    #expect(throws: InvalidValue.self) { try FilterParser.parse(most + " AND " + one) }
    let long = "branch = '" + String(repeating: "x", count: 2048) + "'"
    #expect(throws: InvalidValue.self) { try FilterParser.parse(long) }
  }

  @Test(arguments: [
    ("branch = main", true), ("branch != main", false), ("branch = mai", false),
    ("latest = true", true), ("latest = false", false), ("auto_deploy_enabled = false", true),
    ("api_version = v1.10", true), ("api_version > v1.9", true), ("api_version < v1.9", false),
    ("api_version > ''", true), ("api_version = ''", false), ("api_version <= v1.10", true),
    ("created_at = 1970-01-01T00:00:01Z", true), ("created_at < 1970-01-01T00:00:01Z", false),
    ("updated_at > 1970-01-01T00:00:01.999999Z", true),
    ("updated_at > 1970-01-01T00:00:02Z", false),
    ("branch = main AND latest = false", false), ("", true),
  ])
  func `lets pass what every comparison holds for`(text: String, passes: Bool) throws {
    #expect(try FilterParser.parse(text).matches(.sample) == passes)
  }

  @Test func `holds no version for lower than any`() throws {
    var track = Track.sample
    track.version = nil
    #expect(try FilterParser.parse("api_version < v0.0").matches(track))
    #expect(try FilterParser.parse("api_version = ''").matches(track))
    #expect(try !FilterParser.parse("api_version >= v0.0").matches(track))
  }
}

extension Track {
  static var sample: Track {
    Track(
      id: "one", componentId: "billing", version: APIVersion(major: 1, minor: 10), branch: "main",
      description: "a\u{0}b é", autoDeployEnabled: false, isLatest: true, endpoints: [.sample],
      configRevision: 3, revision: 7, createdAt: Timestamp(microseconds: 1_000_000),
      updatedAt: Timestamp(microseconds: 2_000_000), createdBy: "ada")
  }
}

extension Endpoint {
  static var sample: Endpoint {
    Endpoint(
      name: "rest", displayName: "REST", type: .rest, port: 8080, basePath: "/v1",
      schemaFilePath: "api/openapi.yaml", visibilities: [.public, .project], origin: .sourceConfig)
  }
}
