package import TrackDomain

package extension Reader {
  private static let requestByKey = Query(
    """
    SELECT digest, response, at FROM request
    WHERE caller = ?1 AND method = ?2 AND id = ?3 AND kept_from > ?4
    """)
  private static let changesAfter = Query(
    """
    SELECT sequence, kind, resource, at, actor_verified, actor, resource_id, project_id,
      component_id, snapshot, on_behalf_of
    FROM change_log WHERE sequence > ?1 ORDER BY sequence LIMIT ?2
    """)

  final func readRequest(_ key: RequestKey) throws(StoreError) -> RememberedRequest? {
    let row = try statement(Self.requestByKey)
    defer { row.reset() }
    row.bind(1, key.caller)
    row.bind(2, Int64(key.method.rawValue))
    row.bind(3, key.id.bytes)
    row.bind(4, retention.map { $0.clock.limit($0.requests) } ?? .min)
    guard try step(row) else { return nil }
    guard let digest = Digest(bytes: row.blob(0)) else { throw .unreadable("a request") }
    let request = RememberedRequest(
      key: key, digest: digest, response: row.blob(1), at: row.time(2))
    try row.check("a request")
    return request
  }

  func changes(after place: LogPlace, limit: Int) throws(StoreError) -> [LoggedChange]? {
    guard let position = NamedPosition(place.bytes) else {
      throw StoreError(.failed, "the place \(place.bytes) is not of this store")
    }
    guard try isKept(after: position.sequence),
      let found = try changes(behind: position, limit: limit)
    else { return nil }
    return found.map { sequence, change in
      LoggedChange(place: LogPosition(behind: change, sequence: sequence).place, change: change)
    }
  }

  /// Nil where the log lacks the change of that position, or has another one there.
  private func changes(
    behind position: NamedPosition, limit: Int
  ) throws(StoreError) -> [(sequence: Int64, change: Change)]? {
    guard source.mayLoseCommits, position.sequence > 0, let digest = position.digest else {
      return try changes(after: position.sequence, limit: limit)
    }
    var found = try changes(after: position.sequence - 1, limit: limit + 1)
    let last: LogPosition?
    if let first = found.first, first.sequence == position.sequence {
      last = LogPosition(behind: first.change, sequence: first.sequence)
      found.removeFirst()
    } else {
      last = try self.position(behind: position.sequence)
    }
    return last?.digest == digest ? Array(found.prefix(limit)) : nil
  }

  /// With their numbers, ascending.
  func changes(
    after sequence: Int64, limit: Int
  ) throws(StoreError) -> [(sequence: Int64, change: Change)] {
    let row = try statement(Self.changesAfter)
    defer { row.reset() }
    row.bind(1, sequence)
    row.bind(2, limit)
    var changes: [(sequence: Int64, change: Change)] = []
    while try step(row) {
      changes.append((row.counter(0), try change(row)))
    }
    return changes
  }

  private func change(_ row: any Statement) throws(StoreError) -> Change {
    guard let kind = row.value(1, ChangeKind.self), let resource = row.value(2, ResourceKind.self)
    else { throw .unreadable("change \(row.int(0))") }
    let change = Change(
      kind: kind, resource: resource, resourceId: row.text(6), projectId: row.text(7),
      componentId: row.text(8), at: row.time(3),
      actor: Principal(
        name: row.text(5), isVerified: row.bool(4), onBehalfOf: row.text(10)),
      snapshot: row.blob(9))
    try row.check("change \(row.int(0))")
    return change
  }
}

package extension Digest {
  /// 16 bytes, high first.
  var bytes: [UInt8] { UniqueID(high: high, low: low).bytes }

  init?(bytes: [UInt8]) {
    guard let id = UniqueID(bytes: bytes) else { return nil }
    self.init(high: id.high, low: id.low)
  }
}

package extension UniqueID {
  /// Of 16 bytes, high first; nil for another number of them.
  init?(bytes: [UInt8]) {
    guard bytes.count == 16 else { return nil }
    func number(_ half: ArraySlice<UInt8>) -> UInt64 {
      half.reduce(0) { $0 << 8 | UInt64($1) }
    }
    self.init(high: number(bytes[0..<8]), low: number(bytes[8..<16]))
  }
}
