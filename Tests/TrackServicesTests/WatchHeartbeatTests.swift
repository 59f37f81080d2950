import Protobuf
import RPC
import RPCInProcess
import TestSupport
import Testing
import TrackDomain
import TrackMessages
import TrackStoreSQLite

/// Proxies end a call that is quiet for a minute, so a watch must not be quiet. Tests move the
/// clock.
@Suite(.timeLimit(.minutes(2))) struct WatchHeartbeatTests {
  private static let heartbeat = Duration.seconds(25)

  /// Watches `cart`, or a project; `body` gets the messages one by one.
  private static func follow(
    _ connection: Connection, token: String = "", project: String = "",
    _ body: (_ next: () async throws -> WatchDeploymentTracksResponse) async throws -> Void
  ) async throws {
    let request = WatchDeploymentTracksRequest.with {
      $0.componentId = project.isEmpty ? "cart" : ""
      $0.projectId = project
      $0.resumeToken = token
    }
    try await connection.tracks.watchDeploymentTracks(request) { (responses) async throws in
      let iterator = Iterator(responses.makeAsyncIterator())
      try await body { try #require(try await iterator.next()) }
    }
  }

  private final class Iterator {
    private var messages: ResponseStream<WatchDeploymentTracksResponse>.Iterator

    init(_ messages: ResponseStream<WatchDeploymentTracksResponse>.Iterator) {
      self.messages = messages
    }

    func next() async throws -> WatchDeploymentTracksResponse? { try await messages.next() }
  }

  private static func describe(_ connection: Connection, _ text: String) async throws {
    _ = try await connection.tracks.updateDeploymentTrack(
      .with {
        $0.componentId = "cart"
        $0.deploymentTrackId = "one"
        $0.description = text
      })
  }

  @Test func `a quiet watch names its place every 25 seconds, and not earlier`() async throws {
    try await Connection.fresh(clock: .manual) { (connection) async throws in
      try await Self.follow(connection) { (next) async throws in
        let end = try await next()
        for _ in 0..<3 {
          connection.loop.advance(by: Self.heartbeat)
          #expect(try await next() == end)
        }
        connection.loop.advance(by: Self.heartbeat - .nanoseconds(1))
        try await connection.create("v1.0") { $0.id = "one" }
        let change = try await next()
        #expect(change.change != nil)
        connection.loop.advance(by: .nanoseconds(1))
        let beat = try await next()
        #expect(beat.change == nil && beat.resumeToken == change.resumeToken)
      }
    }
  }

  @Test func `it names the newest change examined, though that concerns others`() async throws {
    try await Connection.fresh(clock: .manual) { (connection) async throws in
      _ = try await connection.catalog.putComponent(
        .with {
          $0.component = TrackMessages.Component.with {
            $0.id = "other"
            $0.projectId = "shop"
            $0.type = .service
          }
        })
      var token = ""
      try await Self.follow(connection) { (next) async throws in
        let end = try await next()
        try await connection.create("v9.0") { $0.componentId = "other" }
        repeat {
          connection.loop.advance(by: Self.heartbeat)
          let beat = try await next()
          #expect(beat.change == nil)
          token = beat.resumeToken
        } while token == end.resumeToken
      }
      // The token of a heartbeat is as good as any other.
      try await connection.create("v1.0")
      try await Self.follow(connection, token: token) { (next) async throws in
        let first = try await next()
        #expect(first.change == nil && first.resumeToken == token)
        #expect(try await next().change?.type == .created)
      }
    }
  }

  @Test func `while the state is read a heartbeat has no token`() async throws {
    try await withStore { store in
      let gated = GatedStore(store: store)
      try await Connection.open(gated, clock: .manual) { (connection) async throws in
        try await connection.fill()
        try await connection.create("v1.0")
        await gated.gate.shut()
        try await Self.follow(connection, project: "shop") { (next) async throws in
          await gated.gate.isReached()
          for _ in 0..<2 {
            connection.loop.advance(by: Self.heartbeat)
            #expect(try await next() == WatchDeploymentTracksResponse())
          }
          await gated.gate.open()
          #expect(try await next().change?.type == .existing)
          let end = try await next()
          #expect(end.change == nil && !end.resumeToken.isEmpty)
        }
      }
    }
  }

  @Test func `a resumed watch says at once that it goes on, before what it missed`() async throws {
    try await Connection.fresh(clock: .manual) { (connection) async throws in
      var token = ""
      try await Self.follow(connection) { next in token = try await next().resumeToken }
      try await Self.follow(connection, token: token) { (next) async throws in
        #expect(try await next() == WatchDeploymentTracksResponse.with { $0.resumeToken = token })
      }
      try await connection.create("v1.0")
      try await Self.follow(connection, token: token) { (next) async throws in
        #expect(try await next().change == nil)
        #expect(try await next().change?.type == .created)
      }
    }
  }

  /// A client with a queue needs no heartbeats, which would only fill it.
  @Test func `a client that does not read gets no heartbeats on top`() async throws {
    try await Connection.fresh(clock: .manual) { (connection) async throws in
      try await connection.create("v1.0") { $0.id = "one" }
      let count = 100
      try await Self.follow(connection) { (slow) async throws in
        _ = try await slow()
        let end = try await slow()
        try await Self.follow(connection) { (quick) async throws in
          _ = try await quick()
          _ = try await quick()
          for number in 0..<count {
            try await Self.describe(connection, "\(number)" + String(repeating: "x", count: 1000))
          }
          for _ in 0..<count { #expect(try await quick().change != nil) }
          for _ in 0..<3 {
            connection.loop.advance(by: Self.heartbeat)
            #expect(try await quick().change == nil)
          }
        }
        var tokens = [end.resumeToken]
        for _ in 0..<count {
          let message = try await slow()
          #expect(message.change != nil)
          tokens.append(message.resumeToken)
        }
        #expect(Set(tokens).count == count + 1)
      }
    }
  }

  @Test func `a watch that begins when all others have gone has heartbeats too`() async throws {
    try await Connection.fresh(clock: .manual) { (connection) async throws in
      try await Self.follow(connection) { next in _ = try await next() }
      connection.loop.advance(by: Self.heartbeat)
      try await Self.follow(connection) { (next) async throws in
        let end = try await next()
        connection.loop.advance(by: Self.heartbeat)
        #expect(try await next() == end)
      }
    }
  }

  @Test func `what others do makes a quiet watch no livelier`() async throws {
    try await withStore { store in
      try await Connection.open(store, clock: .manual) { (connection) async throws in
        try await connection.fill()
        try await Self.follow(connection) { (next) async throws in
          let end = try await next()
          for _ in 0..<10 {
            try await store.write(.nothing) { transaction in
              for number in 0..<1000 {
                try transaction.appendChange(
                  Samples.change(of: Samples.track("t\(number)", of: "other")))
              }
            }
          }
          try await connection.create("v1.0") { $0.id = "one" }
          #expect(end.change == nil)
          #expect(try await next().change != nil)
        }
      }
    }
  }
}
