import Protobuf
import RPC
import TestSupport
import Testing
import TrackDomain
import TrackMessages
import TrackServices
import TrackStoreSQLite

/// Watches on one server, and changes that another server commits.
@Suite(.timeLimit(.minutes(2))) struct WatchSharedStoreTests {
  private static let changes = 40

  @Test(arguments: SharedStore.Word.allCases)
  func `a watch learns every change of another server, once and in order`(
    word: SharedStore.Word
  ) async throws {
    try await withStore { store in
      try await Connection.open(SharedStore(store, word)) { writer in
        try await writer.fill()
        try await writer.create("v1.0") { $0.id = "one" }
        try await Connection.open(SharedStore(store, word)) { watcher in
          let request = WatchDeploymentTracksRequest.with { $0.componentId = "cart" }
          try await watcher.tracks.watchDeploymentTracks(request) { responses in
            var iterator = responses.makeAsyncIterator()
            // The state, and a resume token.
            for _ in 0..<2 { _ = try await iterator.next() }
            async let written: Void = Self.change(writer)
            for number in 0..<Self.changes {
              let change = try await Self.nextChange(&iterator)
              guard case .deploymentTrack(let track)? = change.resource else {
                Issue.record("\(change)")
                continue
              }
              #expect(track.description == "\(number)")
            }
            try await written
          }
        }
      }
    }
  }

  private static func change(_ writer: Connection) async throws {
    for number in 0..<changes {
      _ = try await writer.tracks.updateDeploymentTrack(
        .with {
          $0.componentId = "cart"
          $0.deploymentTrackId = "one"
          $0.description = "\(number)"
        })
    }
  }

  private static func nextChange(
    _ iterator: inout ResponseStream<WatchDeploymentTracksResponse>.AsyncIterator
  ) async throws -> TrackMessages.Change {
    while let response = try await iterator.next() {
      if let change = response.change { return change }
    }
    throw CancellationError()
  }
}
