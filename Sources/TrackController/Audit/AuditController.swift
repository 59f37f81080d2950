public import TrackDomain

/// The use cases of the audit: who did what.
///
/// Throws what `TrackController` throws. Any thread. Events are told to whoever may administer the
/// place of their resource; those without a place to whoever administers everything. The numbers
/// and the codes of the chain are told to the latter alone, for the numbers tell how much others do.
public struct AuditController: Sendable {
  /// How many rows one call looks at, at most: then it answers with fewer than were asked for.
  static let mostExamined: Int64 = 500_000
  /// How long a call may have one state of the store.
  private static let patience = Duration.seconds(30)

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
    return try await store.withSnapshot(limit: Self.patience) { snapshot in
      let extent = try await snapshot.read { try $0.auditExtent() }
      var found: [AuditRecord] = []
      var last = min(extent.head.sequence, query.before.map { $0 - 1 } ?? .max)
      var examined: Int64 = 0
      while last > extent.anchor.head.sequence {
        if found.count > query.limit || examined >= Self.mostExamined { break }
        let first = max(extent.anchor.head.sequence, last - AuditQuery.mostExamined) + 1
        let rows = AuditQuery(
          query.filter, sequences: first...last, newestFirst: true, limit: query.limit + 1)
        let page = try await visible(rows, snapshot)
        found += page.records
        examined += last - page.next + 1
        last = page.next - 1
        try Task.checkCancellation()
      }
      let hasMore = found.count > query.limit || last > extent.anchor.head.sequence
      let shown = Array(found.prefix(query.limit))
      let next = found.count > query.limit ? shown.last?.sequence : last + 1
      return ListAuditEvents.Page(
        records: shown.map(told), nextPageToken: hasMore ? request.token(before: next, tokens) : "")
    }
  }

  /// The rows of a query that the caller may see, and the last row that was looked at.
  private func visible(
    _ query: AuditQuery, _ snapshot: any StoreSnapshot
  ) async throws -> (records: [AuditRecord], next: Int64) {
    let records = try await snapshot.read { try $0.auditRecords(query) }
    let end = query.newestFirst ? query.sequences.lowerBound : query.sequences.upperBound
    let next = records.count < query.limit ? end : records.last?.sequence ?? end
    return (records.filter(mayBeSeen), next)
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

  /// Goes through a part of the chain.
  ///
  /// - Parameters:
  ///   - head: up to where an earlier call has found nothing wrong; nil: from the beginning.
  ///   - expected: a head that the chain had once; nil for none to compare with.
  public func verify(behind head: AuditHead?, expected: AuditHead?) async throws -> Verified {
    guard seesAll else { throw DomainError.noRight(to: .administer, at: .everywhere) }
    return try await store.withSnapshot(limit: Self.patience) { snapshot in
      let extent = try await snapshot.read { try $0.auditExtent() }
      let dropped = extent.anchor.head.sequence
      // Rows that were dropped since the call before were good then.
      let start = head.flatMap { $0.sequence < dropped ? nil : $0 }
      var verification =
        start.map { AuditVerification(from: $0, expected: expected, chain) }
        ?? AuditVerification(from: extent.anchor, expected: expected, chain)
      let end = verification.head.sequence + Self.mostVerified
      while verification.finding == nil {
        let sequence = verification.head.sequence
        if sequence >= end {
          return Verified(
            finding: nil, head: verification.head, dropped: dropped, hasMore: true)
        }
        // Behind a hole the rows go on.
        let records = try await snapshot.read {
          try $0.auditRecords(
            AuditQuery(sequences: (sequence + 1)...(Int64.max >> 2), limit: 1000))
        }
        if records.isEmpty { break }
        for record in records { verification.look(at: record) }
        try Task.checkCancellation()
      }
      verification.end()
      return Verified(
        finding: verification.finding, head: verification.head, dropped: dropped, hasMore: false)
    }
  }
}
