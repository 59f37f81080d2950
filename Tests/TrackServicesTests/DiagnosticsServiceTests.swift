import Protobuf
import RPC
import Testing
import TrackAccess
import TrackDomain
import TrackMessages
import TrackServices

@Suite(.timeLimit(.minutes(2))) struct DiagnosticsServiceTests {
  private func diagnose(
    _ verbs: Set<TrackDomain.Verb>?, in scope: GrantedScope = .all,
    _ request: DiagnoseRequest = DiagnoseRequest()
  ) async throws -> DiagnoseResponse {
    let control = AccessControl(try Policy.everything)
    let found = Box()
    var metadata = Metadata()
    try metadata.add("test-caller", "token:one")
    let options = CallOptions(metadata: metadata)
    try await Connection.withPolicy(control) { connection in
      if let verbs { control.replace(with: try Policy.granting(verbs, in: scope)) }
      found.response = try await connection.diagnostics.diagnose(request, options: options)
    }
    return found.response
  }

  /// What a closure leaves behind. Used by one task at a time.
  private final class Box: @unchecked Sendable { var response = DiagnoseResponse() }

  @Test(arguments: [nil, [.administer]] as [Set<TrackDomain.Verb>?])
  func `who may administer everything is told everything`(
    verbs: Set<TrackDomain.Verb>?
  ) async throws {
    let told = try await diagnose(verbs)
    #expect(told.version == "7.8.9" && told.checksWithheld.isEmpty)
    #expect(told.uptime == Duration_(seconds: 90, nanos: 250_000_000))
    #expect(try #require(told.serverTime).seconds > 1_700_000_000)
    #expect(told.checks.map(\.name) == ["store", "git", "deployer", "operations"])
    #expect(told.checks.map(\.state) == [.ok, .warning, .failed, .unknown])
    #expect(told.checks[1].explanation == "slow" && told.checks[1].advice == "wait")
  }

  @Test func `others are told the version and the time, and why no more`() async throws {
    let others: [(Set<TrackDomain.Verb>, GrantedScope)] = [
      ([.read, .save, .write, .deploy, .rollback, .bypass], .all), ([.administer], .organization),
    ]
    for (verbs, scope) in others {
      let told = try await diagnose(verbs, in: scope)
      #expect(told.version == "7.8.9" && told.serverTime != nil)
      #expect(told.checks.isEmpty && told.uptime == nil)
      #expect(told.checksWithheld.contains("administer"))
    }
  }

  @Test func `checks that nobody asks for are left out, without a reason`() async throws {
    let told = try await diagnose([.administer], .with { $0.skipChecks = true })
    #expect(told.version == "7.8.9" && told.serverTime != nil)
    #expect(told.checks.isEmpty && told.checksWithheld.isEmpty && told.uptime == nil)
  }
}
