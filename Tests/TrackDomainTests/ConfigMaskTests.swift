import Testing
import TrackDomain

/// Masks of configurations, and their effect on API settings.
@Suite(.timeLimit(.minutes(2))) struct ConfigMaskTests {
  @Test(
    arguments: [
      ([], [.endpoints], []), (["*"], [.endpoints, .apiSettings, .environmentVariables], []),
      (["endpoints", "api_settings"], [.endpoints, .apiSettings], []),
      (["api_settings.cors"], [], [.cors]),
      (
        ["endpoints", "api_settings.cors.enable", "api_settings.cors"], [.endpoints],
        [.cors, .corsEnable]
      ),
      (["api_settings.rate_limit_tier", "api_settings"], [.apiSettings], []),
    ] as [([String], Set<ConfigField>, [APISettingsField])])
  func `name fields, and below API settings their fields`(
    paths: [String], fields: Set<ConfigField>, settings: [APISettingsField]
  ) throws {
    let mask = try ConfigMask(paths, present: [.endpoints])
    #expect(mask.fields == fields)
    #expect(mask.settings == settings)
  }

  @Test(arguments: [
    ["api_settings."], ["api_settings.nonsense"], ["api_settings.cors.nonsense"],
    ["api_settings.operation_policies.target"], ["api_settings.cors.allow_origins.0"],
    ["endpoints.port"], ["environment_variables.A"], ["set_environment_variables"],
    ["remove_environment_variables"], ["*", "api_settings.cors"], ["API_SETTINGS.cors"], ["."],
    [""],
  ])
  func `name nothing else`(paths: [String]) {
    let error = #expect(throws: InvalidValue.self) { try ConfigMask(paths, present: []) }
    #expect(error?.reason == .invalidUpdateMask)
  }

  private let full = APISettings(
    securitySchemes: ["OAUTH"], authorizationHeader: "X-A", isBackendJWTEnabled: true,
    backendJWTAudiences: ["a"],
    operationPolicies: [.init(target: "GET /", authenticationType: "NONE")],
    cors: .init(
      isEnabled: true, allowOrigins: ["*"], allowMethods: ["GET"], allowHeaders: ["X-B"],
      exposeHeaders: ["X-C"]), rateLimitTier: "GOLD")

  @Test(arguments: APISettingsField.allCases)
  func `each field changes alone`(field: APISettingsField) throws {
    // It gives its field, and nothing else.
    let given = APISettingsChange.merge(full, [field])
    let alone = try #require(given.applied(to: nil))
    #expect(given.given == alone && alone != full)
    // Given to settings that have all fields, it changes nothing. Removed from them, it restores
    // them when it is given again.
    #expect(given.applied(to: full) == full)
    let without = APISettingsChange.merge(APISettings(), [field]).applied(to: full)
    #expect(without != full)
    #expect(given.applied(to: without) == full)
    // Removed from no settings, it leaves none.
    #expect(APISettingsChange.merge(APISettings(), [field]).applied(to: nil) == nil)
  }

  @Test func `all fields together are the settings`() {
    let all = APISettingsChange.merge(full, APISettingsField.allCases)
    #expect(all.applied(to: nil) == full)
    #expect(all.applied(to: APISettings(rateLimitTier: "BRONZE")) == full)
    #expect(APISettingsChange.replace(APISettings()).applied(to: full) == nil)
    #expect(APISettingsChange.replace(nil).applied(to: full) == nil)
    #expect(APISettingsChange.replace(full).applied(to: nil) == full)
  }
}
