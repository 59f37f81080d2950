import RPC
import TrackController
import TrackDomain
import TrackMessages

extension ExecutorFeed {
  /// The handler's part of a watch: until it knows as much as others, what it sends waits for its
  /// client.
  func watch(
    _ request: WatchTracks, _ responses: ResponseWriter<WatchDeploymentTracksResponse>
  ) async throws {
    try checkDraining()
    let start = try await controller.start(request)
    let position: LogPlace
    if let resumed = start.resumedAfter {
      position = resumed
    } else {
      position = try await sendState(start, responses)
    }
    try await catchUp(from: position, start, responses)
  }

  private func checkDraining() throws {
    if isDraining { throw DomainError.watchDraining }
  }

  private func sendState(
    _ start: WatchStart, _ responses: ResponseWriter<WatchDeploymentTracksResponse>
  ) async throws -> LogPlace {
    let position = try await controller.sendState(of: start.scope) { resource in
      try await responses.write(WatchDeploymentTracksResponse(Change(existing: resource)))
    }
    let token = start.tokens.encode(after: position)
    try await responses.write(WatchDeploymentTracksResponse(nil, resumeToken: token))
    return position
  }

  private func catchUp(
    from position: LogPlace, _ start: WatchStart,
    _ responses: ResponseWriter<WatchDeploymentTracksResponse>
  ) async throws {
    var position = position
    while true {
      let page = try await controller.changes(after: position, limit: Self.pageSize)
      for logged in page.changes where start.scope.contains(logged.change) {
        try await send(logged, start, responses)
      }
      position = page.position
      try checkDraining()
      if page.isLast, try follow(responses, start, from: position) { return }
    }
  }

  private func send(
    _ logged: LoggedChange, _ start: WatchStart,
    _ responses: ResponseWriter<WatchDeploymentTracksResponse>
  ) async throws {
    let token = start.tokens.encode(after: logged.place)
    try await responses.write(
      WatchDeploymentTracksResponse(try Change(logged.change), resumeToken: token))
  }
}
