/// Signs the rows of the audit, so that who can change the database cannot change them unseen.
public protocol AuditSeal: Sendable {
  /// Tells the key that signs from others.
  var keyId: String { get }

  /// The code of `bytes` under the key that signs.
  func code(for bytes: [UInt8]) -> [UInt8]

  /// Whether `code` is that of `bytes`.
  ///
  /// - Returns: nil when the key with that id is not known.
  func isValid(_ code: [UInt8], for bytes: [UInt8], keyId: String) -> Bool?

  /// The place of a key in the order in which the keys signed: later ones have higher numbers, and
  /// the one that signs has the highest. Nobody who has an older key alone, and can write rows, can
  /// change what is followed by a row of a newer one.
  ///
  /// - Returns: nil when the key with that id is not known.
  func rank(ofKey id: String) -> Int?
}

/// Signs nothing, for stores without a key: the numbers of the rows alone show what is missing.
public struct UnsealedAudit: AuditSeal {
  public init() {}

  public var keyId: String { "" }
  public func code(for bytes: [UInt8]) -> [UInt8] { [] }

  public func isValid(_ code: [UInt8], for bytes: [UInt8], keyId: String) -> Bool? {
    code.isEmpty && keyId.isEmpty
  }

  public func rank(ofKey id: String) -> Int? { id.isEmpty ? 0 : nil }
}

/// A row of the audit: an event with its place in the chain.
public struct AuditRecord: Sendable, Hashable {
  /// From 1 on, without holes.
  public var sequence: Int64
  public var event: AuditEvent
  /// When it was written, by the clock of the store that measures how long rows are kept.
  public var keptFrom: Int64
  public var keyId: String
  /// Of all of this, and the code of the row before.
  public var code: [UInt8]

  public init(
    sequence: Int64, event: AuditEvent, keptFrom: Int64, keyId: String, code: [UInt8]
  ) {
    self.sequence = sequence
    self.event = event
    self.keptFrom = keptFrom
    self.keyId = keyId
    self.code = code
  }
}

/// The end of the chain: what was written somewhere else before tells later whether rows were cut
/// off.
public struct AuditHead: Sendable, Hashable {
  /// Of the last row; 0 before the first.
  public var sequence: Int64
  public var code: [UInt8]

  public init(sequence: Int64 = 0, code: [UInt8] = []) {
    self.sequence = sequence
    self.code = code
  }
}

/// What retention leaves of the rows that it dropped: the chain goes on from here.
public struct AuditAnchor: Sendable, Hashable {
  /// The last row that was dropped.
  public var head: AuditHead
  public var keyId: String
  /// Of the head. Empty as long as nothing was dropped.
  public var signature: [UInt8]

  public init(head: AuditHead = AuditHead(), keyId: String = "", signature: [UInt8] = []) {
    self.head = head
    self.keyId = keyId
    self.signature = signature
  }

  /// Signs the place of the last row that is dropped.
  public init(dropping head: AuditHead, _ seal: some AuditSeal) {
    self.init(
      head: head, keyId: seal.keyId, signature: seal.code(for: AuditChain.bytes(ofAnchor: head)))
  }
}

/// What the codes of the chain are made of.
public enum AuditChain {
  /// What the code of an event is made of, which is behind `head`. No two events have the same
  /// bytes, and none has those of an anchor.
  public static func bytes(
    of event: AuditEvent, keptFrom: Int64, behind head: AuditHead
  ) -> [UInt8] {
    var writer = SnapshotWriter(reserving: 256)
    writer.text("trackd audit event 1")
    writer.signed(head.sequence + 1)
    writer.blob(head.code)
    writer.signed(keptFrom)
    writer.signed(event.at.microseconds)
    writer.signed(event.count)
    writer.text(event.principal.name)
    writer.flag(event.principal.isVerified)
    writer.text(event.principal.onBehalfOf)
    for text in [event.peer, event.method, event.subject.resource] { writer.text(text) }
    let place = event.subject.place
    for text in [
      place.organizationId, place.projectId, place.componentId, place.environmentId,
      event.requestId, event.outcome, event.subject.reason,
    ] { writer.text(text) }
    writer.text(event.subject.changedFieldsText)
    return writer.bytes
  }

  static func bytes(ofAnchor head: AuditHead) -> [UInt8] {
    var writer = SnapshotWriter()
    writer.text("trackd audit anchor 1")
    writer.signed(head.sequence)
    writer.blob(head.code)
    return writer.bytes
  }

  /// The row of an event behind `head`.
  public static func record(
    _ event: AuditEvent, keptFrom: Int64, behind head: AuditHead, _ seal: some AuditSeal
  ) -> AuditRecord {
    AuditRecord(
      sequence: head.sequence + 1, event: event, keptFrom: keptFrom, keyId: seal.keyId,
      code: seal.code(for: bytes(of: event, keptFrom: keptFrom, behind: head)))
  }
}

/// Goes through the rows of a chain, from its anchor to its end, and finds the first thing that is
/// wrong.
public struct AuditVerification: Sendable {
  /// What is wrong with a chain. The raw values are told to callers.
  public enum Fault: String, Sendable, Hashable {
    /// The note about dropped rows was made by somebody without the key.
    case anchorForged = "ANCHOR_FORGED"
    /// Rows are missing before this one.
    case removed = "REMOVED"
    /// The row, or the one before it, is not as it was written.
    case changed = "CHANGED"
    /// The key that signed it is not known.
    case keyUnknown = "KEY_UNKNOWN"
    /// An older key signed it than the row before, or the newest row has not the newest key.
    case keyOutdated = "KEY_OUTDATED"
    /// The chain ends before a head that it had.
    case cut = "CUT"
    /// The row of a head that it had is another one.
    case replaced = "REPLACED"
  }

  /// The first thing that is wrong.
  public struct Finding: Sendable, Hashable {
    public var fault: Fault
    /// The row where it was found.
    public var sequence: Int64

    public init(fault: Fault, sequence: Int64) {
      self.fault = fault
      self.sequence = sequence
    }
  }

  private let seal: any AuditSeal
  /// A head that the chain had once; nil for none to compare with.
  private let expected: AuditHead?
  /// The row up to which all is well.
  public private(set) var head: AuditHead
  /// Of the key of that row; nil before the first row that was looked at.
  private var rank: Int?
  /// The first row that the key which signs now has signed, as far as rows were looked at; nil for
  /// none. Who had an older key may have made what is before it.
  public private(set) var signedSince: Int64?
  /// Whether the row of the expected head was seen.
  public private(set) var hasCompared = false
  public private(set) var finding: Finding?

  /// - Parameters:
  ///   - anchor: of the store.
  ///   - expected: a head that was written down before.
  ///   - anyKey: whether an older key than the one that signs may have signed the anchor: only
  ///     until it is signed anew.
  ///   - seal: has the keys.
  public init(
    from anchor: AuditAnchor, expected: AuditHead? = nil, anyKey: Bool = false,
    _ seal: any AuditSeal
  ) {
    self.seal = seal
    self.expected = expected
    head = anchor.head
    if anchor.head.sequence == 0 { return }
    let bytes = AuditChain.bytes(ofAnchor: anchor.head)
    switch seal.isValid(anchor.signature, for: bytes, keyId: anchor.keyId) {
    // It is signed anew when the key changes.
    case true? where !anyKey && anchor.keyId != seal.keyId:
      note(.keyOutdated, at: anchor.head.sequence)
    case true?:
      if anchor.keyId == seal.keyId { signedSince = anchor.head.sequence + 1 }
      compare()
    case false?: note(.anchorForged, at: anchor.head.sequence)
    case nil: note(.keyUnknown, at: anchor.head.sequence)
    }
  }

  /// Goes on from a row that is known to be good.
  ///
  /// - Parameter keyId: of the key that signed it.
  public init(
    from head: AuditHead, keyId: String, expected: AuditHead? = nil, _ seal: any AuditSeal
  ) {
    self.seal = seal
    self.expected = expected
    self.head = head
    rank = seal.rank(ofKey: keyId)
  }

  /// Looks at the next row, once nothing was found.
  public mutating func look(at record: AuditRecord) {
    if finding != nil { return }
    guard record.sequence == head.sequence + 1 else {
      return note(.removed, at: record.sequence)
    }
    let bytes = AuditChain.bytes(of: record.event, keptFrom: record.keptFrom, behind: head)
    switch seal.isValid(record.code, for: bytes, keyId: record.keyId) {
    case true?: break
    case false?: return note(.changed, at: record.sequence)
    case nil: return note(.keyUnknown, at: record.sequence)
    }
    let rank = seal.rank(ofKey: record.keyId)
    guard rank ?? -1 >= self.rank ?? -1 else { return note(.keyOutdated, at: record.sequence) }
    self.rank = rank
    if signedSince == nil, record.keyId == seal.keyId { signedSince = record.sequence }
    head = AuditHead(sequence: record.sequence, code: record.code)
    compare()
  }

  /// There are no further rows.
  ///
  /// - Parameter last: the newest row that the store has.
  public mutating func end(at last: AuditHead) {
    if finding != nil { return }
    // A number that no row can have hides what follows.
    if last != head { return note(.removed, at: last.sequence) }
    if let rank, rank != seal.rank(ofKey: seal.keyId) {
      return note(.keyOutdated, at: head.sequence)
    }
    if let expected, expected.sequence > head.sequence { note(.cut, at: head.sequence) }
  }

  private mutating func compare() {
    guard let expected, expected.sequence == head.sequence else { return }
    hasCompared = true
    if expected.code != head.code { note(.replaced, at: head.sequence) }
  }

  private mutating func note(_ fault: Fault, at sequence: Int64) {
    finding = Finding(fault: fault, sequence: sequence)
  }
}
