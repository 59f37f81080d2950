import TrackDomain

extension TrackImage {
  static let sample = TrackImage(
    id: "i", componentId: "c", trackId: "t", savedTrackId: "", branch: "main",
    images: [
      ContainerImage(name: "app", reference: "registry.example/app:1", digest: "sha256:00"),
      ContainerImage(reference: "é"),
    ],
    commitHash: "0f", committedAt: Timestamp(microseconds: -1), gitopsHash: "aa", runId: "r",
    apiDefinitionPath: "openapi.yaml", ports: [1, .max], isSuperseded: true,
    createdAt: Timestamp(microseconds: .min), updatedAt: Timestamp(microseconds: .max),
    createdBy: "ci",
    autoDeploy: AutoDeployOutcome(
      .refused, deploymentId: "d", reason: "NOT_PROMOTED", message: "no"))

  static let bareSample = TrackImage(
    id: "i", componentId: "c", trackId: "", savedTrackId: "", images: [], runId: "",
    createdAt: Timestamp(microseconds: 0), updatedAt: Timestamp(microseconds: 0))
}

extension Deployment {
  static let sample = Deployment(
    id: "d", sequence: .max, componentId: "c", trackId: "t", environmentId: "e", imageId: "i",
    kind: .rollback, state: .failed, releaseId: "r", releaseDeploymentId: "rd",
    configRevision: .max, apiSettings: TrackConfigs.sample.apiSettings, rollbackOf: "d0",
    restores: "d1", rolledBackBy: "d2", reason: "why", bypassReason: "urgent",
    actor: Principal(name: "ada", isVerified: true), error: "no space", gitopsHash: "0f",
    createdAt: Timestamp(microseconds: 1), startedAt: Timestamp(microseconds: 2),
    endedAt: Timestamp(microseconds: 3))

  static let bareSample = Deployment(
    id: "d", componentId: "c", trackId: "t", environmentId: "e", imageId: "i", kind: .auto,
    actor: Principal(name: "", isVerified: false), createdAt: Timestamp(microseconds: 0))
}

extension TrackConfigs {
  static let sample = TrackConfigs(
    endpoints: [.sample],
    apiSettings: APISettings(
      securitySchemes: ["OAUTH", "API_KEY"], authorizationHeader: "x-auth",
      isBackendJWTEnabled: true, backendJWTAudiences: ["a"],
      operationPolicies: [
        APISettings.OperationPolicy(target: "GET /", authenticationType: "NONE")
      ],
      cors: APISettings.CORS(
        isEnabled: true, allowOrigins: ["*"], allowMethods: ["GET"], allowHeaders: ["a", "b"],
        exposeHeaders: ["c"]), rateLimitTier: "BRONZE"),
    environmentVariables: [
      EnvironmentVariable(name: "A", source: .value("1")),
      EnvironmentVariable(
        name: "B", source: .connection(name: "db", key: "url"), origin: .sourceConfig),
      EnvironmentVariable(name: "C", source: .configGroup(name: "g", key: "k")),
      EnvironmentVariable(
        name: "D",
        source: .form(
          EnvironmentVariable.ConfigForm(displayName: "D", isRequired: false, type: "secret"))),
    ])
}
