public import TrackDomain

/// Reads what watches send: the state of a scope, and the changes after it.
///
/// Throws `DomainError` where a watch cannot begin or go on, `StoreError` where the store cannot
/// serve it, and `CancellationError`. Any thread.
public struct WatchController: Sendable {
  /// Tracks that are read at once, with what belongs to them.
  private static let statePageSize = 100
  /// How long one state may be read from: as long, the store keeps what it sees. What a client has
  /// not taken by then waits in a spool.
  private static let stateLimit = Duration.seconds(5)

  private let store: any TrackStore

  public init(store: any TrackStore) {
    self.store = store
  }

  /// Checks a request.
  public func start(_ request: WatchTracks) async throws -> WatchStart {
    let scope = try request.scope()
    let beginning = try await store.read { try Self.begin(scope, request, $0) }
    switch beginning {
    case .start(let start): return start
    case .undone(let isNews):
      // That it cannot be noted, on a full disk for instance, changes nothing for this call.
      if isNews { try? await store.write(.nothing) { try $0.noteRestore() } }
      throw DomainError.resync(.undone)
    }
  }

  private enum Beginning: Sendable {
    case start(WatchStart)
    /// As the store says of the token.
    case undone(isNews: Bool)
  }

  private static func begin(
    _ scope: ChangeScope, _ request: WatchTracks, _ reader: any StoreReader
  ) throws -> Beginning {
    try checkExistence(of: scope, reader)
    let tokens = ResumeToken(scope: scope, databaseId: try reader.databaseId())
    let token = try valid("resume_token") { () throws(InvalidValue) in
      try tokens.decode(request.resumeToken)
    }
    guard let token else {
      return .start(WatchStart(scope: scope, tokens: tokens, resumedAfter: nil))
    }
    switch try reader.resumption(at: token) {
    case .behind(let place):
      return .start(WatchStart(scope: scope, tokens: tokens, resumedAfter: place))
    case .tooOld: throw DomainError.resync(.tokenTooOld)
    case .undone(let isNews): return .undone(isNews: isNews)
    case .invalid: throw DomainError.invalid("resume_token", .unreadableResumeToken)
    }
  }

  private static func checkExistence(of scope: ChangeScope, _ reader: any StoreReader) throws {
    switch scope {
    case .all: break
    case .project(let id):
      if try reader.catalogResource(.project, id: id) == nil {
        throw DomainError.notFound(.project, id)
      }
    case .component(let id):
      if try reader.component(id) == nil { throw DomainError.notFound(.component, id) }
    }
  }

  /// Gives `send` what there is in a scope, all of one state, at the pace at which `send` returns.
  ///
  /// - Returns: the place behind the newest change that the state has seen.
  public func sendState(
    of scope: ChangeScope, _ send: (WatchedResource) async throws -> Void
  ) async throws -> LogPlace {
    if case .component = scope {
      // Few components have more tracks than one read finds.
      let page = try await store.read { try Self.statePage(of: scope, after: nil, $0) }
      if page.next == nil {
        for resource in page.resources { try await send(resource) }
        return page.position
      }
    }
    let spool = try store.makeSpool()
    let position = try await read(scope, into: spool)
    while true {
      let records = try await next(of: spool)
      if records.isEmpty { return position }
      for record in records { try await send(try WatchedResource(record: record)) }
    }
  }

  /// Its last records go to the disk with the first read.
  private func next(of spool: any StateSpool) async throws -> [[UInt8]] {
    do {
      return try await spool.next()
    } catch is SpoolFull {
      throw DomainError.resync(.stateTooLarge)
    }
  }

  /// Reads the state as fast as the store gives it, whatever the pace of the client is.
  private func read(_ scope: ChangeScope, into spool: any StateSpool) async throws -> LogPlace {
    do {
      return try await store.withSnapshot(limit: Self.stateLimit) { snapshot in
        var after: StatePage.Place?
        while true {
          let start = after
          let page = try await snapshot.read { try Self.statePage(of: scope, after: start, $0) }
          try await spool.append(page.resources.map(\.record))
          guard let next = page.next else { return page.position }
          after = next
        }
      }
    } catch is SnapshotExpired {
      throw DomainError.resync(.stateTooLong)
    } catch is SpoolFull {
      throw DomainError.resync(.stateTooLarge)
    }
  }

  private static func statePage(
    of scope: ChangeScope, after: StatePage.Place?, _ reader: any StoreReader
  ) throws -> StatePage {
    try StatePage(of: scope, after: after, limit: statePageSize, reader)
  }

  /// The changes after a place in the log, at most `limit` of them looked at.
  public func changes(after place: LogPlace, limit: Int) async throws -> ChangePage {
    try await store.read { try ChangePage(after: place, limit: limit, $0) }
  }
}
