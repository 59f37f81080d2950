import RPC
import TrackController
import TrackDomain
import TrackMapping
import TrackMessages

extension ExecutorFeed {
  /// Serves a watch in its handler: sends the state, or goes on after the token's place, and then
  /// sends changes until the watch may join the feed. Waits for the client between messages.
  func watch(
    _ request: WatchTracks, _ access: Access,
    _ responses: ResponseWriter<WatchDeploymentTracksResponse>, by caller: WatchCaller
  ) async throws {
    try checkDraining()
    let beginning = WatchBeginning(self, responses, by: caller, access)
    begins(beginning)
    defer { hasBegun(beginning) }
    let start = try await controller.start(request, access)
    beginning.scope = start.scope
    let position: LogPlace
    if let resumed = start.resumedAfter {
      position = resumed
      // Tells the client at once that the watch has begun, even if no change comes for long.
      try await beginning.write(nil, token: start.tokens.encode(after: position))
    } else {
      position = try await sendState(start, beginning)
    }
    try await catchUp(from: position, start, beginning, responses)
  }

  private func checkDraining() throws {
    if isDraining { throw DomainError.watchDraining }
  }

  private func sendState(
    _ start: WatchStart, _ beginning: WatchBeginning
  ) async throws -> LogPlace {
    let position = try await controller.sendState(of: start.scope, start.access) { resource in
      try await beginning.write(resource)
    }
    try await beginning.write(nil, token: start.tokens.encode(after: position))
    return position
  }

  private func catchUp(
    from position: LogPlace, _ start: WatchStart, _ beginning: WatchBeginning,
    _ responses: ResponseWriter<WatchDeploymentTracksResponse>
  ) async throws {
    var position = position
    while true {
      let page = try await controller.changes(
        after: position, limit: Self.pageSize, forRights: start.access.isRestricted)
      for logged in page.changes
      where start.scope.contains(logged.change)
        && page.isReadable(logged, with: beginning.access)
      {
        try await beginning.write(
          Change(logged.change), token: start.tokens.encode(after: logged.place))
      }
      position = page.position
      beginning.examined(token: start.tokens.encode(after: position))
      try checkDraining()
      try await beginning.check()
      if page.isLast, try follow(responses, start, beginning, from: position) {
        return
      }
    }
  }
}
