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
    guard access.rights?.allowsAnywhere(.administer) ?? true else {
      throw .noRight(to: .administer, at: .everywhere)
    }
  }

  // MARK: Reading

  /// One page of events, the newest first.
  public func events(_ request: ListAuditEvents) async throws -> ListAuditEvents.Page {
    try authorize()
    let query = try request.query(tokens)
    var found: [AuditRecord] = []
    var last = query.before.map { $0 - 1 } ?? .max >> 2
    var examined: Int64 = 0
    var first: Int64 = 0
    while found.count <= query.limit, examined < Self.mostExamined {
      let part = try await part(query, upTo: last)
      first = part.first
      found += part.records.filter(mayBeSeen)
      examined += AuditQuery.mostExamined
      last = part.next - 1
      if last < first { break }
      try Task.checkCancellation()
    }
    let shown = Array(found.prefix(query.limit))
    let hasMore = found.count > shown.count || last >= first
    let next = found.count > shown.count ? shown.last?.sequence ?? 0 : last + 1
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
  }

  /// Reads rows that a query wants, down from `last`. Not on an event loop: there may be many.
  private func part(_ query: ListAuditEvents.Query, upTo last: Int64) async throws -> Part {
    try await store.withSnapshot(limit: Self.patience) { snapshot in
      try await snapshot.read { reader in
        let extent = try reader.auditExtent()
        let first = extent.anchor.head.sequence + 1
        let last = min(last, extent.head.sequence)
        guard first <= last else { return Part(records: [], next: first, first: first) }
        let start = max(first, last - AuditQuery.mostExamined + 1)
        let records = try reader.auditRecords(
          AuditQuery(
            query.filter, sequences: start...last, newestFirst: true, limit: query.limit + 1))
        let isFull = records.count > query.limit
        return Part(
          records: records, next: isFull ? records.last?.sequence ?? start : start, first: first)
      }
    }
  }

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

  /// Where a follower goes on, and up to where all events have been told.
  ///
  /// - Parameter token: of an earlier follow of the same events; empty: events from now on.
  public func place(_ filter: AuditFilter, resuming token: String) async throws -> Int64 {
    try authorize()
    try ListAuditEvents(filter).checkFilter()
    let arguments = filter.digest("FollowEvents")
    let place = try valid("resume_token") { () throws(InvalidValue) in
      do throws(InvalidValue) {
        return try PageToken.decode(token, arguments: arguments, for: tokens).map {
          (place) throws(InvalidValue) in try AuditFilter.sequence(place: place)
        }
      } catch {
        throw InvalidValue(.invalidResumeToken, error.description)
      }
    }
    let extent = try await store.read { try $0.auditExtent() }
    guard let place else { return extent.head.sequence }
    guard place >= extent.anchor.head.sequence else { throw DomainError.resync(.tokenTooOld) }
    guard place <= extent.head.sequence else { throw DomainError.resync(.undone) }
    return place
  }

  /// An event with the token of the place behind it.
  public struct Followed: Sendable, Hashable {
    public var record: AuditRecord
    public var resumeToken: String
  }

  /// The next events behind `sequence`, the oldest first.
  ///
  /// - Returns: the events, and up to where they were looked for. There may be none although there
  ///   are more: then go on from there.
  public func events(
    _ filter: AuditFilter, behind sequence: Int64
  ) async throws -> (events: [Followed], place: Int64) {
    try authorize()
    let found = try await store.read { reader -> (records: [AuditRecord], place: Int64) in
      let head = try reader.auditExtent().head.sequence
      guard head > sequence else { return ([], sequence) }
      let end = min(head, sequence + 1000)
      let records = try reader.auditRecords(
        AuditQuery(filter, sequences: (sequence + 1)...end, limit: 100))
      return (records, records.count < 100 ? end : records.last?.sequence ?? end)
    }
    let events = found.records.filter(mayBeSeen).map {
      Followed(record: told($0), resumeToken: resumeToken(filter, behind: $0.sequence))
    }
    return (events, found.place)
  }

  /// The token with which a follower goes on behind a row.
  public func resumeToken(_ filter: AuditFilter, behind sequence: Int64) -> String {
    PageToken.encode(
      arguments: filter.digest("FollowEvents"), place: AuditFilter.place(sequence), for: tokens)
  }

  // MARK: The chain

  /// What was found in a part of the chain.
  public struct Verified: Sendable, Hashable {
    /// The first thing that is wrong; nil: nothing, so far.
    public var finding: AuditVerification.Finding?
    /// The row up to which all is well.
    public var head: AuditHead
    /// The row behind which rows were looked at, 0 for the first one.
    public var dropped: Int64
    /// Whether there are further rows.
    public var hasMore: Bool
  }

  /// The most rows that `verify` looks at.
  public static let mostVerified: Int64 = 20_000
  /// How many of them at once.
  private static let batch: Int64 = 1000

  /// Goes through a part of the chain.
  ///
  /// - Parameters:
  ///   - head: up to where an earlier call has found nothing wrong; nil: from the beginning.
  ///   - expected: a head that the chain had once; nil for none to compare with.
  public func verify(behind head: AuditHead?, expected: AuditHead?) async throws -> Verified {
    guard seesAll else { throw DomainError.noRight(to: .administer, at: .everywhere) }
    var verified = Verified(finding: nil, head: head ?? AuditHead(), dropped: 0, hasMore: true)
    for _ in 0..<(Self.mostVerified / Self.batch) {
      guard verified.finding == nil, verified.hasMore else { break }
      let before = verified.head
      verified = try await store.withSnapshot(limit: Self.patience) { [chain] snapshot in
        try await snapshot.read { reader in
          try Self.verify(behind: before, expected, chain, reader)
        }
      }
      try Task.checkCancellation()
    }
    return verified
  }

  /// One batch.
  private static func verify(
    behind head: AuditHead, _ expected: AuditHead?, _ chain: any AuditSeal,
    _ reader: any StoreReader
  ) throws -> Verified {
    let anchor = try reader.auditExtent().anchor
    let dropped = anchor.head.sequence
    // What was dropped since the batch before was good then. At the beginning the anchor counts.
    var verification =
      head.sequence > dropped
      ? AuditVerification(from: head, expected: expected, chain)
      : AuditVerification(from: anchor, expected: expected, chain)
    // Behind a hole the rows go on.
    let rows = (verification.head.sequence + 1)...(Int64.max >> 2)
    let records = try reader.auditRecords(AuditQuery(sequences: rows, limit: Int(batch)))
    for record in records { verification.look(at: record) }
    let hasMore = verification.finding == nil && records.count == Int(batch)
    if !hasMore { verification.end() }
    return Verified(
      finding: verification.finding, head: verification.head, dropped: dropped, hasMore: hasMore)
  }
}
