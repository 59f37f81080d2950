import EventLoop
import FoundationEssentials
import Testing
import TrackDomain

@testable import TrackGit

/// Hosts that accept a connection and never answer.
@Suite(.timeLimit(.minutes(2))) struct SilentHostTests {
  /// Makes `silent` deployments for silent repositories, and one for a repository that answers.
  private func deploy(
    _ fixture: GitFixture, silent: Int, host: @escaping @Sendable (Int) -> String
  ) async throws {
    let path = try fixture.bareRepository()
    let deployer = GitOpsDeployer(fixture.git)
    try fixture.ssh.set("slow", "silent")
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<silent {
        group.addTask {
          let order = OrderFixture.order(
            number, repository: "git@\(host(number)):/\(number).git")
          _ = await deployer.deploy([order]) { _ in }
        }
      }
      while try fixture.ssh.log().count < 8 { try await Task.sleep(for: .milliseconds(5)) }
      let order = OrderFixture.order(1000, repository: "git@good.example:\(path)")
      let outcomes = await deployer.deploy([order]) { _ in }
      #expect(try outcomes[order.deployment.id]?.get() != nil)
      let embedded = OrderFixture.order(1001)
      let others = await deployer.deploy([embedded]) { _ in }
      #expect(try others[embedded.deployment.id]?.get() != nil)
      group.cancelAll()
      try await group.waitForAll()
    }
    await deployer.shutdown()
  }

  @Test func `forty silent hosts hold up nobody else`() async throws {
    let fixture = try GitFixture(networkTime: .seconds(600))
    try await fixture.run { () async throws in
      try await deploy(fixture, silent: 40) { "silent\($0).example" }
      #expect(fixture.git.helpers.count <= GitBudget().helpers)
    }
  }

  @Test func `a silent host with many repositories costs few processes`() async throws {
    let fixture = try GitFixture(networkTime: .seconds(600))
    try await fixture.run { () async throws in
      try await withThrowingTaskGroup(of: Void.self) { group in
        let source = GitSourceRepository(fixture.git)
        try fixture.ssh.set("slow", "silent")
        for number in 0..<100 {
          group.addTask {
            _ = try? await source.resolve(
              .branch("main"), repositoryURL: "git@silent.example:/\(number)")
          }
        }
        while fixture.git.waitingCount < 98 { try await Task.sleep(for: .milliseconds(5)) }
        #expect(try fixture.ssh.log().count <= 2)
        group.cancelAll()
        try await group.waitForAll()
        #expect(fixture.git.waitingCount == 0)
      }
    }
  }

  @Test func `after the first silence nobody waits for a host`() async throws {
    let fixture = try GitFixture(networkTime: .seconds(1))
    try fixture.ssh.set("slow", "silent")
    try await fixture.run { () async throws in
      let source = GitSourceRepository(fixture.git)
      let errors = await withTaskGroup { group in
        for number in 0..<60 {
          group.addTask { () -> IntegrationError? in
            do throws(IntegrationError) {
              _ = try await source.resolve(
                .branch("main"), repositoryURL: "git@silent.example:/\(number)")
              return nil
            } catch {
              return error
            }
          }
        }
        return await group.reduce(into: [IntegrationError]()) {
          if let error = $1 { $0.append(error) }
        }
      }
      #expect(errors.count == 60 && errors.allSatisfy { $0.kind == .unavailable })
      // Two commands asked the host.
      #expect(errors.count { $0.retryAfter == nil } <= 2)
      #expect(try fixture.ssh.log().count <= 2)
      #expect(
        fixture.events.all.contains { $0 == .paused(host: "ssh://silent.example:22", .seconds(2)) })
    }
  }
}
