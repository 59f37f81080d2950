public import TrackDomain

/// Reads what watches send: the state of a scope, and the changes after it.
///
/// Throws `DomainError` where a watch cannot begin or go on, `StoreError` where the store cannot
/// serve it, and `CancellationError`. Any thread.
public struct WatchController: Sendable {
  /// Tracks that are read at once, with what belongs to them.
  private static let statePageSize = 100
  /// What may be read of a state before it is sent: of small scopes all, so that no client holds
  /// a snapshot by being slow.
  private static let unsentLimit = 300
  /// How long one state may be read from: as long, the store keeps what it sees.
  private static let stateLimit = Duration.seconds(60)

  private let store: any TrackStore

  public init(store: any TrackStore) {
    self.store = store
  }

  /// Checks a request.
  public func start(_ request: WatchTracks) async throws -> WatchStart {
    let scope = try request.scope()
    return try await store.read { reader in
      try Self.checkExistence(of: scope, reader)
      let tokens = ResumeToken(scope: scope, databaseId: try reader.databaseId())
      let after = try valid("resume_token") { () throws(InvalidValue) in
        try tokens.decode(request.resumeToken)
      }
      if let after {
        guard after <= (try reader.newestChange()) else {
          throw DomainError.invalid("resume_token", ResumeToken.ofTheFuture)
        }
        try ChangePage.checkCompleteness(after: after, reader)
      }
      return WatchStart(scope: scope, tokens: tokens, resumedAfter: after)
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

  /// Gives `send` what there is in a scope, all of one state.
  ///
  /// - Returns: the sequence of the newest change that the state has seen.
  public func sendState(
    of scope: ChangeScope, _ send: (WatchedResource) async throws -> Void
  ) async throws -> Int64 {
    if case .component = scope {
      // Few components have more tracks than one read finds.
      let page = try await store.read { try Self.statePage(of: scope, after: nil, $0) }
      if page.next == nil {
        for resource in page.resources { try await send(resource) }
        return page.newestChange
      }
    }
    let rest: StateRest
    do {
      rest = try await store.withSnapshot(limit: Self.stateLimit) { snapshot in
        try await Self.sendPages(of: scope, from: snapshot, send)
      }
    } catch is SnapshotExpired {
      throw DomainError.resync(.stateTooLong)
    }
    for resource in rest.resources { try await send(resource) }
    return rest.newestChange
  }

  /// What is left to be sent when the whole state has been read.
  private struct StateRest: Sendable {
    var resources: [WatchedResource]
    var newestChange: Int64
  }

  private static func sendPages(
    of scope: ChangeScope, from snapshot: any StoreSnapshot,
    _ send: (WatchedResource) async throws -> Void
  ) async throws -> StateRest {
    var after: StatePage.Place?
    var unsent: [WatchedResource] = []
    while true {
      let start = after
      let page = try await snapshot.read { try Self.statePage(of: scope, after: start, $0) }
      unsent += page.resources
      guard let next = page.next else {
        return StateRest(resources: unsent, newestChange: page.newestChange)
      }
      after = next
      if unsent.count < unsentLimit { continue }
      for resource in unsent { try await send(resource) }
      unsent = []
    }
  }

  private static func statePage(
    of scope: ChangeScope, after: StatePage.Place?, _ reader: any StoreReader
  ) throws -> StatePage {
    try StatePage(of: scope, after: after, limit: statePageSize, reader)
  }

  /// The changes after a place in the log, at most `limit` of them looked at.
  public func changes(after sequence: Int64, limit: Int) async throws -> ChangePage {
    try await store.read { try ChangePage(after: sequence, limit: limit, $0) }
  }
}
