public import TrackDomain

/// Reads the content of watches: the state of a scope, and the changes after it.
///
/// Throws `DomainError` where a watch cannot begin or go on, `StoreError` where the store cannot
/// serve it, and `CancellationError`. Any thread.
public struct WatchController: Sendable {
  /// The most tracks that one read returns.
  private static let statePageSize = 100
  /// How long one snapshot may be read: the store keeps its old rows for so long. A spool holds
  /// what the client has not taken by then.
  private static let stateLimit = Duration.seconds(5)

  private let store: any TrackStore
  private let seal: (any TokenSeal)?

  /// - Parameters:
  ///   - store: where the rows are.
  ///   - seal: of resume tokens; nil: they can be read.
  public init(store: any TrackStore, seal: (any TokenSeal)? = nil) {
    self.store = store
    self.seal = seal
  }

  /// Checks a request, and finds out where its watch begins.
  public func start(
    _ request: WatchTracks, _ access: Access = .unrestricted
  ) async throws -> WatchStart {
    let scope = try request.scope()
    let beginning = try await store.read { [seal] in
      try Self.begin(scope, request, access, seal, $0)
    }
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
    _ scope: ChangeScope, _ request: WatchTracks, _ access: Access, _ seal: (any TokenSeal)?,
    _ reader: any StoreReader
  ) throws -> Beginning {
    try check(scope, access, reader)
    let tokens = ResumeToken(
      scope: scope, databaseId: try reader.databaseId(),
      for: CallerTokens(seal, owner: access.tokenOwner))
    let token = try valid("resume_token") { () throws(InvalidValue) in
      try tokens.decode(request.resumeToken)
    }
    guard let token else {
      return .start(WatchStart(scope: scope, access: access, tokens: tokens, resumedAfter: nil))
    }
    switch try reader.resumption(at: token) {
    case .behind(let place):
      return .start(
        WatchStart(scope: scope, access: access, tokens: tokens, resumedAfter: place))
    case .tooOld: throw DomainError.resync(.tokenTooOld)
    case .undone(let isNews): return .undone(isNews: isNews)
    case .invalid: throw DomainError.invalid("resume_token", .unreadableResumeToken)
    }
  }

  /// Whether the caller may still watch the scope.
  ///
  /// Throws NO_RIGHT when not, also where the scope is gone.
  public func recheck(_ scope: ChangeScope, _ access: Access) async throws {
    do {
      try await store.read { try Self.check(scope, access, $0) }
    } catch let error as DomainError where error.kind == .notFound {
      throw DomainError.noRight(to: .read, at: scope.place)
    }
  }

  /// Checks that the scope exists, and that the caller may read something in it.
  private static func check(
    _ scope: ChangeScope, _ access: Access, _ reader: any StoreReader
  ) throws {
    let check = AccessCheck(access: access, reader: reader)
    switch scope {
    case .all:
      guard access.current.rights?.hasAnywhere(.read) ?? true else {
        throw DomainError.noRight(to: .read, at: .everywhere)
      }
    case .project(let id):
      guard let project = try reader.catalogResource(.project, id: id) else {
        throw DomainError.notFound(.project, id)
      }
      try check.content(ofProject: project)
    case .component(let id):
      try check.component(id, .read)
      if try reader.component(id) == nil { throw DomainError.notFound(.component, id) }
    }
  }

  /// Sends the state of a scope, all from one snapshot, as fast as `send` returns.
  ///
  /// - Returns: the place behind the newest change that the state contains.
  public func sendState(
    of scope: ChangeScope, _ access: Access = .unrestricted,
    _ send: (WatchedResource) async throws -> Void
  ) async throws -> LogPlace {
    if case .component = scope {
      // Most components have no more tracks than one read returns.
      let page = try await store.readPage { try Self.statePage(of: scope, after: nil, access, $0) }
      if page.next == nil {
        for resource in page.resources { try await send(resource) }
        return page.position
      }
    }
    let spool = try store.makeSpool()
    let position = try await read(scope, access, into: spool)
    while true {
      let records = try await next(of: spool)
      if records.isEmpty { return position }
      for record in records { try await send(try WatchedResource(record: record)) }
    }
  }

  /// The next records of the spool. The first call may still write the last ones to the disk.
  private func next(of spool: any StateSpool) async throws -> [[UInt8]] {
    do {
      return try await spool.next()
    } catch is SpoolFull {
      throw DomainError.resync(.stateTooLarge)
    }
  }

  /// Reads the state as fast as the store gives it, independent of the client's pace.
  private func read(
    _ scope: ChangeScope, _ access: Access, into spool: any StateSpool
  ) async throws -> LogPlace {
    do {
      return try await store.withSnapshot(limit: Self.stateLimit) { snapshot in
        var after: StatePage.Place?
        while true {
          let start = after
          let page = try await snapshot.read {
            try Self.statePage(of: scope, after: start, access, $0)
          }
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
    of scope: ChangeScope, after: StatePage.Place?, _ access: Access, _ reader: any StoreReader
  ) throws -> StatePage {
    try StatePage(of: scope, after: after, limit: statePageSize, access, reader)
  }

  /// The changes after a place in the log; examines at most `limit` of them. `forRights` says
  /// whether `ChangePage.isReadable` will be asked about callers with rights.
  public func changes(
    after place: LogPlace, limit: Int, forRights: Bool = false
  ) async throws -> ChangePage {
    try await store.readPage {
      try ChangePage(after: place, limit: limit, tellsPlaces: forRights, $0)
    }
  }
}
