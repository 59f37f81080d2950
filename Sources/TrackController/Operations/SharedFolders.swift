import TrackDomain

/// Reports old environments whose folders overlap, when an executor begins: later checks look at an
/// environment only when it moves.
enum SharedFolders {
  private static let pageSize = 100
  /// The most pairs that are reported: a longer list would not tell the operator more.
  private static let told = 20

  /// Throws `StoreError` and `CancellationError`.
  static func report(_ context: ExecutorContext) async throws {
    var last = ""
    var count = 0
    repeat {
      let after = last
      let (pairs, next) = try await context.store.readPage { try page(after: after, $0) }
      for (one, other) in pairs.prefix(told - count) {
        context.report(.sharedFolder(environmentId: one.id, otherId: other.id, one.place))
      }
      count += pairs.count
      last = next
    } while !last.isEmpty && count < told
  }

  /// The environments of a page, each with one whose folder overlaps with its own; each pair once.
  private static func page(
    after id: String, _ reader: any StoreReader
  ) throws(StoreError) -> (pairs: [(Environment, Environment)], next: String) {
    let resources = try reader.catalogResources(
      .environment, parentId: nil, after: id, limit: pageSize)
    let environments = resources.compactMap(Environment.init)
    var pairs: [(Environment, Environment)] = []
    for environment in environments {
      let other = try reader.environment(
        overlapping: environment.place, besides: environment.id)
      if let other, environment.id < other.id { pairs.append((environment, other)) }
    }
    return (pairs, resources.count < pageSize ? "" : environments.last?.id ?? "")
  }
}
