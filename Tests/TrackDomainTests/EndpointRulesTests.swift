import Testing
import TrackDomain

@Suite(.timeLimit(.minutes(2))) struct EndpointRulesTests {
  @Test(arguments: [
    EndpointDraft(name: "a", type: .rest, port: 1001),
    EndpointDraft(name: "a-b_c9", displayName: "A b", type: .graphQL, port: 65534, basePath: "/"),
    EndpointDraft(name: String(repeating: "a", count: 50), type: .webSocket, port: 8080),
    EndpointDraft(
      name: "a", type: .rest, port: 8080, basePath: "/V1/a-b_c/", schemaFilePath: "a/b.yaml"),
    EndpointDraft(
      name: "a", displayName: String(repeating: "é", count: 50), type: .rest, port: 8080,
      basePath: "/" + String(repeating: "a", count: 254),
      schemaFilePath: String(repeating: "a", count: 1024)),
    EndpointDraft(name: "a", type: .grpc, port: 8080, visibilities: [.project]),
    EndpointDraft(name: "a", type: .tcp, port: 8080, visibilities: [.project]),
    EndpointDraft(name: "a", type: .udp, port: 8080, visibilities: [.project]),
    EndpointDraft(
      name: "a", type: .rest, port: 8080, visibilities: [.project, .public, .organization]),
  ])
  func `let pass what is right`(draft: EndpointDraft) throws {
    var violations = Violations()
    let endpoints = EndpointRules.check([draft], &violations)
    try violations.check()
    let endpoint = try #require(endpoints.first)
    #expect(endpoint.name == draft.name)
    #expect(endpoint.origin == .user)
    #expect(!endpoint.visibilities.isEmpty)
  }

  @Test(arguments: [
    ("name", EndpointDraft(name: "", type: .rest, port: 8080)),
    ("name", EndpointDraft(name: "A", type: .rest, port: 8080)),
    ("name", EndpointDraft(name: "1a", type: .rest, port: 8080)),
    ("name", EndpointDraft(name: "a b", type: .rest, port: 8080)),
    ("name", EndpointDraft(name: "é", type: .rest, port: 8080)),
    ("name", EndpointDraft(name: String(repeating: "a", count: 51), type: .rest, port: 8080)),
    (
      "display_name",
      EndpointDraft(
        name: "a", displayName: String(repeating: "a", count: 51), type: .rest, port: 8080)
    ),
    ("display_name", EndpointDraft(name: "a", displayName: "a\nb", type: .rest, port: 8080)),
    ("type", EndpointDraft(name: "a", type: nil, port: 8080)),
    ("port", EndpointDraft(name: "a", type: .rest, port: 0)),
    ("port", EndpointDraft(name: "a", type: .rest, port: -8080)),
    ("port", EndpointDraft(name: "a", type: .rest, port: 1000)),
    ("port", EndpointDraft(name: "a", type: .rest, port: 65535)),
    ("base_path", EndpointDraft(name: "a", type: .rest, port: 8080, basePath: "v1")),
    ("base_path", EndpointDraft(name: "a", type: .rest, port: 8080, basePath: "/a b")),
    ("base_path", EndpointDraft(name: "a", type: .rest, port: 8080, basePath: "/a.b")),
    (
      "base_path",
      EndpointDraft(
        name: "a", type: .rest, port: 8080, basePath: "/" + String(repeating: "a", count: 255))
    ),
    (
      "schema_file_path",
      EndpointDraft(name: "a", type: .rest, port: 8080, schemaFilePath: "/etc/passwd")
    ),
    (
      "schema_file_path",
      EndpointDraft(
        name: "a", type: .rest, port: 8080, schemaFilePath: String(repeating: "a", count: 1025))
    ),
    (
      "schema_file_path",
      EndpointDraft(name: "a", type: .rest, port: 8080, schemaFilePath: "a/../../b")
    ),
    (
      "schema_file_path",
      EndpointDraft(name: "a", type: .rest, port: 8080, schemaFilePath: "a\u{0}b")
    ),
    (
      "network_visibilities", EndpointDraft(name: "a", type: .rest, port: 8080, visibilities: [nil])
    ),
    (
      "network_visibilities",
      EndpointDraft(name: "a", type: .rest, port: 8080, visibilities: [.public, .public])
    ),
    ("network_visibilities", EndpointDraft(name: "a", type: .grpc, port: 8080)),
    (
      "network_visibilities",
      EndpointDraft(name: "a", type: .tcp, port: 8080, visibilities: [.public])
    ),
    (
      "network_visibilities",
      EndpointDraft(name: "a", type: .udp, port: 8080, visibilities: [.project, .public])
    ),
    ("origin", EndpointDraft(name: "a", type: .rest, port: 8080, origin: .sourceConfig)),
    ("origin", EndpointDraft(name: "a", type: .rest, port: 8080, origin: nil)),
  ])
  func `name the field that is wrong`(field: String, draft: EndpointDraft) throws {
    var violations = Violations()
    let good = EndpointDraft(name: "good", type: .rest, port: 8080)
    _ = EndpointRules.check([good, draft], &violations)
    let error = try #require(violations.error)
    #expect(error.kind == .invalidArgument)
    #expect(error.reason == .invalidEndpoint)
    #expect(error.fields.map(\.field) == ["endpoints[1].\(field)"])
  }

  @Test func `tell everything that is wrong at once`() throws {
    var violations = Violations()
    _ = EndpointRules.check(
      [
        EndpointDraft(name: "A", type: nil, port: 1),
        EndpointDraft(name: "b", type: .rest, port: 2000),
        EndpointDraft(name: "b", type: .rest, port: 2000),
      ], &violations)
    #expect(
      violations.fields.map(\.field) == [
        "endpoints[0].name", "endpoints[0].port", "endpoints[0].type", "endpoints[2].name",
      ])
  }

  @Test func `bound the number of endpoints and of reported violations`() throws {
    let drafts = (0..<51).map { EndpointDraft(name: "e\($0)", type: .rest, port: 8080) }
    var violations = Violations()
    #expect(EndpointRules.check(Array(drafts.dropLast()), &violations).count == 50)
    #expect(violations.error == nil)
    _ = EndpointRules.check(drafts, &violations)
    #expect(violations.fields.map(\.field) == ["endpoints"])
    var many = Violations()
    _ = EndpointRules.check(
      (0..<50).map { _ in EndpointDraft(name: "X", type: nil, port: 0) }, &many)
    #expect(many.fields.count == Violations.limit)
  }

  @Test func `sort by name, order visibilities, and default to public`() throws {
    var violations = Violations()
    let endpoints = EndpointRules.check(
      [
        EndpointDraft(name: "b", type: .rest, port: 8080, visibilities: [.project, .public]),
        EndpointDraft(name: "a", type: .rest, port: 8080),
      ], &violations)
    #expect(endpoints.map(\.name) == ["a", "b"])
    #expect(endpoints.map(\.visibilities) == [[.public], [.public, .project]])
  }
}
