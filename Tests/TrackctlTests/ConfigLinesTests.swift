import Testing
import TrackMessages

@testable import trackctl

@Suite("Configurations as lines", .timeLimit(.minutes(2)))
struct ConfigLinesTests {
  private func configs(_ variables: [(String, String)], tier: String = "") -> TrackConfigs {
    var configs = TrackConfigs()
    configs.environmentVariables = variables.map { name, value in
      var variable = EnvironmentVariable()
      variable.name = name
      variable.source = .value(value)
      variable.origin = .user
      return variable
    }
    if !tier.isEmpty {
      configs.apiSettings = ApiSettings()
      configs.apiSettings?.rateLimitTier = tier
      configs.apiSettings?.cors = Cors()
    }
    return configs
  }

  @Test func `are compared one by one`() {
    let old = ConfigLines(configs([("A", "1"), ("B", "1"), ("C", "1")], tier: "GOLD"))
    let new = ConfigLines(configs([("A", "1"), ("B", "2"), ("D", "1")], tier: "BRONZE"))
    let lines = old.difference(to: new).map { "\($0.sign) \($0.line.target): \($0.line.value)" }
    #expect(
      lines == [
        "- api_settings.rate_limit_tier: GOLD", "+ api_settings.rate_limit_tier: BRONZE",
        "- environment_variables/B: value 1 (user)", "+ environment_variables/B: value 2 (user)",
        "- environment_variables/C: value 1 (user)", "+ environment_variables/D: value 1 (user)",
      ])
    #expect(old.difference(to: old).isEmpty)
    #expect(
      old.lines.map(\.target).prefix(2) == [
        "api_settings.cors.enable", "api_settings.rate_limit_tier",
      ])
  }

  @Test func `know what is secret`() {
    #expect(ConfigLines(configs([("A", "********"), ("B", "*")])).masked == ["A"])
  }
}
