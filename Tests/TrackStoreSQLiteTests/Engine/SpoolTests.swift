import Foundation
import Testing
import TrackDomain

@testable import TrackStoreSQL
@testable import TrackStoreSQLite

/// Records that wait for readers that are slower than the store.
@Suite(.timeLimit(.minutes(2))) struct SpoolTests {
  private func with(
    limit: Int, _ body: (Spools, TemporaryDirectory) async throws -> Void
  ) async throws {
    let directory = try TemporaryDirectory()
    let spools = try Spools(directory: directory.path, limit: limit)
    do { try await body(spools, directory) } catch {
      await spools.shutdown()
      throw error
    }
    await spools.shutdown()
  }

  private static func records(_ count: Int, of size: Int) -> [[UInt8]] {
    (0..<count).map { [UInt8](repeating: UInt8(truncatingIfNeeded: $0), count: size + $0 % 3) }
  }

  private static func all(_ spool: Spool) async throws -> [[UInt8]] {
    var found: [[UInt8]] = []
    while true {
      let next = try await spool.next()
      if next.isEmpty { return found }
      found += next
    }
  }

  @Test(arguments: [(0, 0), (3, 0), (200, 100), (2000, 900), (3, 700_000)])
  func `comes back as it was, in memory or not`(_ count: Int, _ size: Int) async throws {
    try await with(limit: 64 << 20) { spools, directory in
      let records = Self.records(count, of: size)
      var spool: Spool? = spools.make()
      for start in stride(from: 0, to: count, by: 100) {
        try await spool?.append(Array(records[start..<min(count, start + 100)]))
      }
      let isOnDisk = count * size > Spools.memory
      if let spool { #expect(try await Self.all(spool) == records) }
      #expect((spools.usedBytes > 0) == isOnDisk)
      // The file has no name.
      #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
      spool = nil
      #expect(spools.usedBytes == 0)
    }
  }

  @Test func `one takes half of the room at most, and all together no more than there is`()
    async throws
  {
    try await with(limit: 4 << 20) { spools, _ in
      let megabyte = Self.records(1, of: 1 << 20)
      var first: Spool? = spools.make()
      try await first?.append(megabyte)
      await #expect(throws: SpoolFull.self) { try await first?.append(megabyte) }
      let others = (0..<2).map { _ in spools.make() }
      for other in others { try await other.append(megabyte) }
      let last = spools.make()
      await #expect(throws: SpoolFull.self) { try await last.append(megabyte) }
      first = nil
      let next = spools.make()
      try await next.append(megabyte)
      #expect(try await Self.all(next) == megabyte)
      withExtendedLifetime(others) {}
    }
  }

  @Test func `a folder that takes no file is a spool that is full`() async throws {
    let directory = try TemporaryDirectory()
    let spools = try Spools(directory: directory.path + "/none", limit: 64 << 20)
    let spool = spools.make()
    try await spool.append(Self.records(1, of: 9))
    await #expect(throws: SpoolFull.self) {
      try await spool.append(Self.records(1, of: Spools.memory))
    }
    await spools.shutdown()
  }
}
