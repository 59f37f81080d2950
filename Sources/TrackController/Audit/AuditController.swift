public import TrackDomain

/// The use cases of the audit: who did what.
///
/// Throws what `TrackController` throws. Any thread. Events are told to whoever may administer the
/// place of their resource; those without a place to whoever administers everything. The numbers
/// and the codes of the chain are told to the latter alone, for the numbers tell how much others do.
public struct AuditController: Sendable {
  /// How many rows one call looks at, at most: then it answers with fewer than were asked for.
  static let mostExamined: Int64 = 500_000
  /// How long a part of a call may have one state of the store.
  private static let patience = Duration.seconds(5)

  private let store: any TrackStore
  private let seal: (any TokenSeal)?
  private let chain: any AuditSeal
  private var access = Access.unrestricted

  /// - Parameters:
  ///   - store: has the rows.
  ///   - seal: of the tokens of lists; nil: they can be read.
  ///   - chain: knows the keys of the chain.
  public init(store: any TrackStore, seal: (any TokenSeal)? = nil, chain: any AuditSeal) {
    self.store = store
    self.seal = seal
    self.chain = chain
  }

  /// The use cases for a caller who may do so much. Without it they do what they are told.
  public func limited(to access: Access) -> AuditController {
    var limited = self
    limited.access = access
    return limited
  }

  private var tokens: CallerTokens { CallerTokens(seal, owner: access.tokenOwner) }

  /// Whether the caller sees the chain as a whole.
  private var seesAll: Bool { access.allows(.administer, at: .everywhere) }

  /// Throws NO_RIGHT when there is nothing that the caller may see.
  public func authorize() throws(DomainError) {
    guard access.rights?.hasAnywhere(.administer) ?? true else {
      throw .noRight(to: .administer, at: .everywhere)
    }
  }

  // MARK: Reading

  /// One page of events, the newest first.
  public func events(_ request: ListAuditEvents) async throws -> ListAuditEvents.Page {
    try authorize()
    let query = try request.query(tokens)
    var found: [AuditRecord] = []
    var part = Part(records: [], next: query.before ?? AuditQuery.newest, first: 1)
    var examined: Int64 = 0
    // How many rows are looked at does not depend on how many of them others have.
    while found.count <= query.limit, part.next > part.first, examined < Self.mostExamined {
      part = try await self.part(query, before: part.next)
      found += part.records.filter(mayBeSeen)
      examined += part.examined
      try Task.checkCancellation()
    }
    let shown = Array(found.prefix(query.limit))
    let hasMore = found.count > shown.count || part.next > part.first
    let next = found.count > shown.count ? shown.last?.sequence ?? 0 : part.next
    return ListAuditEvents.Page(
      records: shown.map(told), nextPageToken: hasMore ? request.token(before: next, tokens) : "")
  }

  /// A part of a page.
  private struct Part: Sendable {
    var records: [AuditRecord]
    /// The row before which there may be more.
    var next: Int64
    /// The first row that there is.
    var first: Int64
    /// How many rows were looked at; blocks that were passed count as a row each.
    var examined: Int64 = 0
  }

  /// Reads rows that a query wants, down from `next`. Not on an event loop: there may be many.
  private func part(_ query: ListAuditEvents.Query, before next: Int64) async throws -> Part {
    let limit = seesAll ? query.limit + 1 : max(Self.batch, query.limit + 1)
    return try await store.withSnapshot(limit: Self.patience) { snapshot in
      try await snapshot.read { reader in
        let extent = try reader.auditExtent()
        let first = extent.anchor.head.sequence + 1
        let newest = min(next - 1, extent.head.sequence)
        guard first <= newest else { return Part(records: [], next: first, first: first) }
        var rows = AuditQuery(
          query.filter, sequences: max(first, newest - AuditQuery.mostPassed + 1)...newest,
          newestFirst: true, limit: limit)
        let blocks = { (down: Int64) in (newest - down) / AuditQuery.blockSize }
        // Where a time's rows begin, others' rows decide too: whoever does not see those looks at all.
        guard let last = seesAll ? try reader.auditStart(rows) : newest else {
          let next = rows.sequences.lowerBound
          return Part(records: [], next: next, first: first, examined: blocks(next))
        }
        let start = max(first, last - AuditQuery.mostExamined + 1)
        rows.sequences = start...last
        let records = try reader.auditRecords(rows)
        let isFull = records.count == limit
        let next = isFull ? records.last?.sequence ?? start : start
        return Part(
          records: records, next: next, first: first, examined: last - next + 1 + blocks(last))
      }
    }
  }

  /// Whether the caller may see an event.
  public func maySee(_ record: AuditRecord) -> Bool { mayBeSeen(record) }

  private func mayBeSeen(_ record: AuditRecord) -> Bool {
    access.allows(.administer, at: record.event.subject.place)
  }

  /// The record without what tells of others' events.
  private func told(_ record: AuditRecord) -> AuditRecord {
    if seesAll { return record }
    var told = record
    told.sequence = 0
    told.keyId = ""
    told.code = []
    return told
  }

  // MARK: Following

  /// Where a follower goes on: all events up to there have been told.
  ///
  /// - Parameters:
  ///   - filter: which events are told.
  ///   - token: of an earlier follow of the same events; empty: events from the filter's `since` on,
  ///     or from now on.
  public func place(_ filter: AuditFilter, resuming token: String) async throws -> AuditHead {
    try authorize()
    try ListAuditEvents(filter).checkFilter()
    let arguments = filter.digest("FollowEvents")
    let place = try valid("resume_token") { () throws(InvalidValue) in
      do throws(InvalidValue) {
        return try PageToken.decode(token, arguments: arguments, for: tokens).map {
          (place) throws(InvalidValue) in try AuditFilter.head(place: place)
        }
      } catch {
        throw InvalidValue(.invalidResumeToken, error.description)
      }
    }
    return try await store.read { reader in
      let extent = try reader.auditExtent()
      guard let place else { return filter.since == nil ? extent.head : extent.anchor.head }
      guard place.sequence >= extent.anchor.head.sequence else {
        throw DomainError.resync(.tokenTooOld)
      }
      // In a database that was put back, the number may be that of another event.
      guard try Self.head(at: place.sequence, extent, reader).begins(as: place) else {
        throw DomainError.resync(.undone)
      }
      return place
    }
  }

  /// The row with a number, if there is one.
  private static func head(
    at sequence: Int64, _ extent: AuditExtent, _ reader: any StoreReader
  ) throws(StoreError) -> AuditHead {
    if sequence == extent.head.sequence { return extent.head }
    if sequence == extent.anchor.head.sequence { return extent.anchor.head }
    let record = try reader.auditRecords(AuditQuery(sequences: sequence...sequence, limit: 1)).first
    return record.map { AuditHead(sequence: sequence, code: $0.code) } ?? AuditHead()
  }

  /// An event with the place behind it, for `resumeToken`.
  public struct Followed: Sendable, Hashable {
    public var record: AuditRecord
    public var place: AuditHead
  }

  /// What a follower finds.
  private struct Step: Sendable {
    var records: [AuditRecord]
    var place: AuditHead
  }

  /// The next events behind a place, the oldest first.
  ///
  /// - Returns: the events, and up to where they were looked for. There may be none although there
  ///   are more: then go on from there.
  public func events(
    _ filter: AuditFilter, behind place: AuditHead
  ) async throws -> (events: [Followed], place: AuditHead) {
    try authorize()
    // Who follows at the end reads where it runs; who is far behind reads on another thread.
    let near = try await store.readPage { reader -> Step? in
      let head = try reader.auditExtent().head.sequence
      return head - place.sequence > Self.nearby
        ? nil : try Self.step(filter, behind: place, reader)
    }
    var step = near
    if step == nil {
      step = try await store.withSnapshot(limit: Self.patience) { snapshot in
        try await snapshot.read {
          try Self.step(filter, behind: place, $0)
        }
      }
    }
    guard let step else { return ([], place) }
    let events = step.records.filter(mayBeSeen).map {
      Followed(record: told($0), place: AuditHead(sequence: $0.sequence, code: $0.code))
    }
    return (events, step.place)
  }

  /// How many rows an event loop looks at.
  private static let nearby: Int64 = 200

  /// How many rows another thread looks at.
  private static let farAway: Int64 = 5000

  private static func step(
    _ filter: AuditFilter, behind place: AuditHead, _ reader: any StoreReader
  ) throws(StoreError) -> Step {
    let extent = try reader.auditExtent()
    var end = min(extent.head.sequence, place.sequence + AuditQuery.mostPassed)
    guard end > place.sequence else { return Step(records: [], place: place) }
    var rows = AuditQuery(filter, sequences: (place.sequence + 1)...end, limit: 100)
    var records: [AuditRecord] = []
    if let first = try reader.auditStart(rows) {
      end = min(end, first + farAway - 1)
      rows.sequences = first...end
      records = try reader.auditRecords(rows)
    }
    if records.count == 100, let last = records.last {
      return Step(
        records: records, place: AuditHead(sequence: last.sequence, code: last.code))
    }
    // Where rows are missing the follower goes on behind them.
    var new = try head(at: end, extent, reader)
    new.sequence = end
    return Step(records: records, place: new)
  }

  /// The token with which a follower goes on behind a row.
  public func resumeToken(_ filter: AuditFilter, behind place: AuditHead) -> String {
    PageToken.encode(
      arguments: filter.digest("FollowEvents"), place: AuditFilter.place(place), for: tokens)
  }

  // MARK: The chain

  /// What was found in a part of the chain.
  public struct Verified: Sendable, Hashable {
    /// The first thing that is wrong; nil: nothing, so far.
    public var finding: AuditVerification.Finding?
    /// The row up to which all is well.
    public var head: AuditHead
    /// The last row that was dropped after its time; 0 for none.
    public var dropped: Int64
    /// The first row of this part that the key which signs now has signed; nil for none.
    public var signedSince: Int64?
    /// Whether the row of the expected head was there to be compared.
    public var hasCompared: Bool
    /// Whether there are further rows.
    public var hasMore: Bool
  }

  /// The most rows that `verify` looks at.
  public static let mostVerified = 20_000
  /// How many rows are read at once.
  private static let batch = 1000

  /// Goes through a part of the chain.
  ///
  /// - Parameters:
  ///   - head: up to where an earlier call has found nothing wrong; nil: from the beginning.
  ///   - expected: a head that the chain had once; nil for none to compare with.
  public func verify(behind head: AuditHead?, expected: AuditHead?) async throws -> Verified {
    guard seesAll else { throw DomainError.noRight(to: .administer, at: .everywhere) }
    var verified = Verified(
      finding: nil, head: head ?? AuditHead(), dropped: 0, signedSince: nil, hasCompared: false,
      hasMore: true)
    for _ in 0..<(Self.mostVerified / Self.batch) {
      guard verified.finding == nil, verified.hasMore else { break }
      let before = verified
      verified = try await store.withSnapshot(limit: Self.patience) { [chain] snapshot in
        try await snapshot.read { try Self.verify(behind: before.head, expected, chain, $0) }
      }
      verified.hasCompared = verified.hasCompared || before.hasCompared
      verified.signedSince = before.signedSince ?? verified.signedSince
      try Task.checkCancellation()
    }
    return verified
  }

  /// One batch.
  private static func verify(
    behind head: AuditHead, _ expected: AuditHead?, _ chain: any AuditSeal,
    _ reader: any StoreReader
  ) throws -> Verified {
    let extent = try reader.auditExtent()
    let dropped = extent.anchor.head.sequence
    var verification = try start(behind: head, expected, chain, extent, reader)
    // Behind a hole the rows go on.
    let rows = AuditQuery.rows(behind: verification.head.sequence)
    let records = try reader.auditRecords(AuditQuery(sequences: rows, limit: batch))
    for record in records { verification.look(at: record) }
    let hasMore = verification.finding == nil && records.count == batch
    if !hasMore { verification.end(at: extent.head) }
    return Verified(
      finding: verification.finding, head: verification.head, dropped: dropped,
      signedSince: verification.signedSince, hasCompared: verification.hasCompared, hasMore: hasMore
    )
  }

  /// What was dropped since the batch before was good then. At the beginning the anchor counts, and
  /// where there is no such row the whole chain.
  private static func start(
    behind head: AuditHead, _ expected: AuditHead?, _ chain: any AuditSeal, _ extent: AuditExtent,
    _ reader: any StoreReader
  ) throws(StoreError) -> AuditVerification {
    let anchored = AuditVerification(from: extent.anchor, expected: expected, chain)
    guard head.sequence > extent.anchor.head.sequence else { return anchored }
    let rows = AuditQuery(sequences: head.sequence...head.sequence, limit: 1)
    guard let row = try reader.auditRecords(rows).first, row.code == head.code else {
      return anchored
    }
    return AuditVerification(from: head, keyId: row.keyId, expected: expected, chain)
  }
}

extension AuditHead {
  /// Whether it is the row of a token, which has a part of its code.
  fileprivate func begins(as place: AuditHead) -> Bool {
    sequence == place.sequence && code.prefix(AuditFilter.codeInPlace) == place.code[...]
  }
}
