import Testing
import TrackDomain

@Suite(.timeLimit(.minutes(2))) struct DigestTests {
  @Test func `is FNV-1a of 128 bits`() {
    // The digest of "foobar" in the authors' test vectors.
    var digest = Digest()
    for byte in "foobar".utf8 { digest.combine(byte) }
    #expect(digest == Digest(high: 0x343E_1662_793C_64BF, low: 0x6F0D_3597_BA44_6F18))
  }

  @Test func `tells texts apart by their borders`() {
    func of(_ texts: String...) -> Digest {
      var digest = Digest()
      for text in texts { digest.combine(text) }
      return digest
    }
    #expect(of("ab", "c") == of("ab", "c"))
    #expect(of("ab", "c") != of("a", "bc"))
    #expect(of("", "a") != of("a", ""))
    #expect(of("a\u{0}") != of("a"))
  }

  /// Expects different digests of different values, and equal ones of equal values.
  private func expectApart<Value>(
    _ values: [Value], _ combine: (Value, inout Digest) -> Void,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    func digests() -> [Digest] {
      values.map { value in
        var digest = Digest()
        combine(value, &digest)
        return digest
      }
    }
    #expect(Set(digests()).count == values.count, sourceLocation: sourceLocation)
    #expect(digests() == digests(), sourceLocation: sourceLocation)
  }

  @Test func `of API settings tells every field`() {
    let cors: [APISettings.CORS] = [
      .init(), .init(isEnabled: true), .init(allowOrigins: ["a"]), .init(allowMethods: ["a"]),
      .init(allowHeaders: ["a"]), .init(exposeHeaders: ["a"]),
    ]
    expectApart(
      [
        APISettings(), APISettings(securitySchemes: ["a"]),
        APISettings(securitySchemes: ["a", "b"]),
        APISettings(authorizationHeader: "a"), APISettings(isBackendJWTEnabled: true),
        APISettings(backendJWTAudiences: ["a"]),
        APISettings(operationPolicies: [.init(target: "a", authenticationType: "b")]),
        APISettings(operationPolicies: [.init(target: "b", authenticationType: "b")]),
        APISettings(operationPolicies: [.init(target: "a", authenticationType: "c")]),
        APISettings(rateLimitTier: "GOLD"), APISettings(rateLimitTier: "BRONZE"),
        APISettings(cors: .init(), rateLimitTier: "GOLD"),
      ] + cors.map { APISettings(cors: $0) }
    ) { $0.combine(into: &$1) }
  }

  @Test func `of an endpoint tells every field`() {
    let endpoint = EndpointDraft(name: "a", type: .rest, port: 8080)
    let changes: [(inout EndpointDraft) -> Void] = [
      { _ in }, { $0.name = "b" }, { $0.displayName = "b" }, { $0.type = .grpc },
      { $0.type = nil }, { $0.port = 8081 }, { $0.port = -8080 }, { $0.basePath = "b" },
      { $0.schemaFilePath = "b" }, { $0.visibilities = [.public] },
      { $0.visibilities = [.project] }, { $0.visibilities = [.project, .public] },
      { $0.origin = .sourceConfig }, { $0.origin = nil },
    ]
    expectApart(changes) { change, digest in
      var endpoint = endpoint
      change(&endpoint)
      endpoint.combine(into: &digest)
    }
  }

  @Test func `of an environment variable tells every field`() {
    let forms: [EnvironmentVariable.ConfigForm] = [
      .init(displayName: "a", isRequired: true, type: "string"),
      .init(displayName: "b", isRequired: true, type: "string"),
      .init(displayName: "a", isRequired: false, type: "string"),
      .init(displayName: "a", isRequired: true, type: "number"),
    ]
    let sources: [EnvironmentVariable.Source?] =
      [
        nil, .value("a"), .value("b"), .connection(name: "a", key: "b"),
        .connection(name: "b", key: "b"), .connection(name: "a", key: "a"),
        .configGroup(name: "a", key: "b"), .configGroup(name: "b", key: "b"),
        .configGroup(name: "a", key: "a"),
      ] + forms.map { .form($0) }
    expectApart(
      sources.map { EnvironmentVariableDraft(name: "a", source: $0) } + [
        .init(name: "b", source: nil), .init(name: "a", source: nil, origin: .sourceConfig),
        .init(name: "a", source: nil, origin: nil),
      ]
    ) { $0.combine(into: &$1) }
  }
}
