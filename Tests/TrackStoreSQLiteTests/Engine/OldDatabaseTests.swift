import Foundation
import TestSupport
import Testing
import TrackDomain
import TrackStoreSQL

@testable import TrackStoreSQLite

/// A data folder of trackd 0.1.0 opens without loss.
@Suite(.timeLimit(.minutes(2))) struct OldDatabaseTests {
  /// The last resume token that the trackd which made the database sent to a watch of `cart`.
  private static let token = "AUMuhEpcFFSfAAAAAAAAABnlmxEcN1Eu1w"

  private func makeFolder() throws -> TemporaryDirectory {
    let directory = try TemporaryDirectory()
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Inputs/trackd-0.1.0.sql")
    let connection = try Connection(path: directory.path + "/trackd.db", access: .readWrite)
    try connection.execute(script: try String(contentsOf: script, encoding: .utf8))
    try connection.execute("PRAGMA journal_mode = WAL")
    return directory
  }

  @Test func `with tracks, images, deployments, bindings and changes`() async throws {
    let directory = try makeFolder()
    try await withStore(in: directory.path) { store in
      let tracks = try await store.read { try $0.tracks(.all(of: "cart")).tracks }
      #expect(tracks.map { $0.version?.description } == ["v1.1", "v1.0"])
      let first = try #require(tracks.last)
      #expect(first.autoDeployEnabled && first.branch == "main" && !first.isLatest)
      let images = try await store.read {
        try $0.images(
          ImageQuery(componentId: "cart", trackId: first.id, after: nil, limit: 9)
        ).images
      }
      #expect(images.map(\.runId) == ["2", "1"])
      #expect(images.map(\.isSuperseded) == [false, true])
      let history = try await store.read {
        try $0.deployments(
          DeploymentQuery(
            componentId: "cart", trackId: first.id, environmentId: nil, imageId: nil, state: nil,
            limit: 9)
        ).deployments
      }
      #expect(history.map(\.environmentId) == ["prod", "dev", "dev"])
      #expect(history.allSatisfy { $0.state == .succeeded && !$0.gitopsHash.isEmpty })
      let bindings = try await store.read {
        try $0.bindings(componentId: "cart", trackId: first.id)
      }
      #expect(bindings.map(\.currentImageId) == [images[0].id, images[0].id])
      // Each active deployment has the place of its environment, on the branch that was meant.
      for binding in bindings {
        let environment = try await store.read {
          try $0.catalogResource(.environment, id: binding.environmentId).flatMap(Environment.init)
        }
        #expect(binding.place == environment?.place)
        #expect(binding.place?.branch == "main")
      }
      let changes = try await store.read { try $0.changes(after: .start, limit: 99) ?? [] }
      #expect(changes.count == 25)
      #expect(Set(changes.map { $0.place.bytes.suffix(8) }).count == 25)
      // It goes on from there.
      try await store.write { try $0.appendChange(Samples.change(of: first)) }
      try await expectRead(store, 26) { try $0.sqlite.newestChange() }
    }
  }

  @Test func `and its tokens count, for what it had`() async throws {
    let directory = try makeFolder()
    try await withStore(in: directory.path) { store in
      let id = try await store.read { try $0.databaseId() }
      let tokens = ResumeToken(scope: .component("cart"), databaseId: id)
      let named = try #require(try tokens.decode(Self.token))
      #expect(named == [0, 0, 0, 0, 0, 0, 0, 25])
      let end = try await store.read { try $0.newestPlace() }
      try await expectRead(store, .behind(end)) { try $0.resumption(at: named) }
      try await expectRead(store, 25) { try $0.sqlite.undigestedLimit() }
      try await store.write { try $0.noteRestore() }
      try await expectRead(store, .undone(isNews: false)) { try $0.resumption(at: named) }
    }
    try await withStore(in: directory.path) { store in
      try await expectRead(store, -1) { try $0.sqlite.undigestedLimit() }
    }
  }

  @Test func `a new database has no such tokens`() async throws {
    try await withStore { store in
      try await expectRead(store, 0) { try $0.sqlite.undigestedLimit() }
      try await expectRead(store, .start) { try $0.sqlite.position(behind: 0) }
    }
  }
}
