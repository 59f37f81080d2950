import Testing
import TrackController
import TrackDomain

/// For any order of calls, failures and crashes: every operation ends, every deployment ends with
/// it, no lease stays, and nothing is published twice. The name of each case has the seed.
@Suite(.timeLimit(.minutes(2))) struct OperationPropertyTests {
  @Test(arguments: 1...40)
  func `every operation ends`(seed: UInt64) async throws {
    try await Shop.with { (shop) async throws in
      let run = try await RandomRun(shop, seed: seed)
      for _ in 0..<60 { try await run.step() }
      try await run.finish()
    }
  }

  /// With all callers in one place, no interleaving publishes a second deployment that expects the
  /// one that the first has replaced.
  @Test(arguments: 1...40)
  func `a deployment replaces what its caller expected`(seed: UInt64) async throws {
    try await Shop.with { (shop) async throws in
      let run = try await RandomRun(shop, seed: seed, tracks: 1, environments: ["dev"])
      for _ in 0..<60 { try await run.step() }
      try await run.finish()
    }
  }
}
