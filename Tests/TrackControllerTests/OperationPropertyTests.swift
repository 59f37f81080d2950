import Testing
import TrackController
import TrackDomain

/// Whatever people, systems and processes do, in whatever order: every operation ends, every
/// deployment ends with it, nothing stays leased, and nothing is published twice. The seed is in
/// the name of each case.
@Suite(.timeLimit(.minutes(2))) struct OperationPropertyTests {
  @Test(arguments: 1...40)
  func `every operation ends`(seed: UInt64) async throws {
    try await Shop.with { (shop) async throws in
      let run = try await RandomRun(shop, seed: seed)
      for _ in 0..<60 { try await run.step() }
      try await run.finish()
    }
  }

  /// Where all meet in one place, no interleaving lets a second one through that expects what the
  /// first one has replaced.
  @Test(arguments: 1...40)
  func `a deployment replaces what its caller expected`(seed: UInt64) async throws {
    try await Shop.with { (shop) async throws in
      let run = try await RandomRun(shop, seed: seed, tracks: 1, environments: ["dev"])
      for _ in 0..<60 { try await run.step() }
      try await run.finish()
    }
  }
}
