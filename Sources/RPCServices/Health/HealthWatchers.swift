import RPC

/// The Watch calls of one executor.
///
/// `@unchecked Sendable`: `watches` belongs to the executor's thread.
final class HealthWatchers: @unchecked Sendable {
  let executor: any CallExecutor
  private var watches: [ObjectIdentifier: HealthWatch] = [:]

  init(_ executor: any CallExecutor) { self.executor = executor }

  /// Tells a call the status of its service, and lets it go on without its handler. On the
  /// executor.
  func begin(
    _ service: String, _ responses: ResponseWriter<HealthCheckResponse>,
    _ registry: HealthRegistry
  ) throws {
    let watch = HealthWatch(service, self)
    watch.sink = try responses.detach(for: watch)
    watches[ObjectIdentifier(watch)] = watch
    look(at: registry, for: watch)
  }

  /// Tells each call what it does not know. On the executor.
  func look(at registry: HealthRegistry) {
    for watch in watches.values { look(at: registry, for: watch) }
  }

  private func look(at registry: HealthRegistry, for watch: HealthWatch) {
    watch.tell(registry.status(of: watch.service))
    guard registry.isEndingWatches else { return }
    forget(watch)
    watch.sink?.finish(RPCError(.unavailable, "the server shuts down"))
  }

  fileprivate func forget(_ watch: HealthWatch) {
    watches[ObjectIdentifier(watch)] = nil
  }
}

/// One Watch call. Confined to its executor.
final class HealthWatch: ResponseSinkOwner {
  let service: String
  private let watchers: HealthWatchers
  fileprivate(set) var sink: ResponseSink<HealthCheckResponse>?
  private var told: HealthCheckResponse?

  init(_ service: String, _ watchers: HealthWatchers) {
    self.service = service
    self.watchers = watchers
  }

  /// Sends a status, unless it is the one that was sent last; nil is that of an unknown service.
  func tell(_ status: HealthStatus?) {
    var response = HealthCheckResponse()
    response.status = status.map { .init($0) } ?? .serviceUnknown
    guard response != told else { return }
    told = response
    sink?.send(EncodedMessage(response))
  }

  func responseEnded() { watchers.forget(self) }
}
