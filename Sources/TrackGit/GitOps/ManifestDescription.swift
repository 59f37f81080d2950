import TrackDomain

/// Endpoints and API settings for gateways: JSON texts, with the names of the public contract.
struct ManifestDescription {
  /// Whether there is anything to describe.
  static func isNeeded(_ configs: TrackConfigs) -> Bool {
    !configs.endpoints.isEmpty || configs.apiSettings != nil
  }

  /// The keys of a ConfigMap with their texts.
  let entries: [(String, String)]

  init(_ configs: TrackConfigs) {
    var entries: [(String, String)] = []
    if !configs.endpoints.isEmpty {
      entries.append(("endpoints.json", Self.list(configs.endpoints.map(Self.endpoint))))
    }
    if let settings = configs.apiSettings {
      entries.append(("api-settings.json", Self.settings(settings)))
    }
    self.entries = entries
  }

  private static func endpoint(_ endpoint: Endpoint) -> String {
    object([
      ("name", quoted(endpoint.name)), ("display_name", quoted(endpoint.displayName)),
      ("type", quoted(type(endpoint.type))), ("port", String(endpoint.port)),
      ("base_path", quoted(endpoint.basePath)),
      ("schema_file_path", quoted(endpoint.schemaFilePath)),
      ("network_visibilities", list(endpoint.visibilities.map { quoted(visibility($0)) })),
    ])
  }

  private static func settings(_ settings: APISettings) -> String {
    var fields = [
      ("security_schemes", texts(settings.securitySchemes)),
      ("authorization_header", quoted(settings.authorizationHeader)),
      (
        "backend_jwt",
        object([
          ("enable", String(settings.isBackendJWTEnabled)),
          ("audiences", texts(settings.backendJWTAudiences)),
        ])
      ),
      (
        "operation_policies",
        list(
          settings.operationPolicies.map { policy in
            object([
              ("target", quoted(policy.target)),
              ("authentication_type", quoted(policy.authenticationType)),
            ])
          })
      ),
    ]
    if let cors = settings.cors { fields.append(("cors", self.cors(cors))) }
    fields.append(("rate_limit_tier", quoted(settings.rateLimitTier)))
    return object(fields)
  }

  private static func cors(_ cors: APISettings.CORS) -> String {
    object([
      ("enable", String(cors.isEnabled)), ("allow_origins", texts(cors.allowOrigins)),
      ("allow_methods", texts(cors.allowMethods)), ("allow_headers", texts(cors.allowHeaders)),
      ("expose_headers", texts(cors.exposeHeaders)),
    ])
  }

  private static func type(_ type: EndpointType) -> String {
    switch type {
    case .rest: "REST"
    case .graphQL: "GRAPHQL"
    case .grpc: "GRPC"
    case .tcp: "TCP"
    case .udp: "UDP"
    case .webSocket: "WS"
    }
  }

  private static func visibility(_ visibility: NetworkVisibility) -> String {
    switch visibility {
    case .public: "PUBLIC"
    case .organization: "ORGANIZATION"
    case .project: "PROJECT"
    }
  }

  // MARK: JSON

  /// A quoted text of YAML is one of JSON as well.
  private static func quoted(_ text: String) -> String { YAMLWriter.quoted(text) }
  private static func texts(_ texts: [String]) -> String { list(texts.map(quoted)) }
  private static func list(_ elements: [String]) -> String {
    "[" + elements.joined(separator: ",") + "]"
  }
  private static func object(_ fields: [(String, String)]) -> String {
    "{" + fields.map { "\(quoted($0.0)):\($0.1)" }.joined(separator: ",") + "}"
  }
}
