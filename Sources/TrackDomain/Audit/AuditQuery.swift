/// Which events of the audit are wanted. Empty members want all.
public struct AuditFilter: Sendable, Hashable {
  /// The whole name of who called.
  public var principal: String
  /// A resource, as events name it; what lies in it counts as well.
  public var resource: String
  /// A method, with or without its service.
  public var method: String
  public var outcome: String
  /// From this time on.
  public var since: Timestamp?
  /// Before this time.
  public var until: Timestamp?

  public init(
    principal: String = "", resource: String = "", method: String = "", outcome: String = "",
    since: Timestamp? = nil, until: Timestamp? = nil
  ) {
    self.principal = principal
    self.resource = resource
    self.method = method
    self.outcome = outcome
    self.since = since
    self.until = until
  }

  /// The component that all events lie in which are wanted; nil when they may lie anywhere.
  public var componentId: String? { AuditSubject.componentId(ofResource: resource) }
}

/// Rows of the audit between two numbers.
public struct AuditQuery: Sendable, Hashable {
  /// The most rows that a query may look at.
  public static let mostExamined: Int64 = 10_000
  /// Of so many rows a store knows the times without a look at each. It keeps to that number in its
  /// database: no change.
  public static let blockSize: Int64 = 1024
  /// The most rows among which `StoreReader.auditStart` is to find one.
  public static let mostPassed = 4096 * blockSize

  public var filter: AuditFilter
  /// The first row and the last one to look at: at most `mostExamined`, unless all are wanted, and
  /// `mostPassed` for `StoreReader.auditStart`.
  public var sequences: ClosedRange<Int64>
  /// Else the oldest comes first.
  public var newestFirst: Bool
  public var limit: Int

  /// All rows behind one, whatever number somebody has written into the database for it.
  public static func rows(behind sequence: Int64) -> ClosedRange<Int64> {
    (min(max(sequence, 0), newest - 1) + 1)...newest
  }

  /// The largest number that a row gets.
  public static let newest = Int64.max >> 2

  public init(
    _ filter: AuditFilter = AuditFilter(), sequences: ClosedRange<Int64>,
    newestFirst: Bool = false, limit: Int
  ) {
    self.filter = filter
    self.sequences = sequences
    self.newestFirst = newestFirst
    self.limit = limit
  }
}

/// Which rows of the audit there are.
public struct AuditExtent: Sendable, Hashable {
  /// What was dropped before the first row.
  public var anchor: AuditAnchor
  public var head: AuditHead

  public init(anchor: AuditAnchor = AuditAnchor(), head: AuditHead = AuditHead()) {
    self.anchor = anchor
    self.head = head
  }
}

extension AuditFilter {
  /// The most bytes of a text to look for: more than any name has.
  private static let longest = 4096

  /// Adds what is wrong with it, by the names of its fields in requests.
  public func check(_ violations: inout Violations) {
    for (field, text) in [
      ("principal", principal), ("resource", resource), ("method", method), ("outcome", outcome),
    ] where text.utf8.count > Self.longest {
      violations.add(
        field, InvalidValue(.invalidFilter, "must not be longer than \(Self.longest) bytes"))
    }
    if let since, let until, since > until {
      violations.add("until", InvalidValue(.invalidFilter, "must not be before since"))
    }
  }

  /// The arguments that a token of `method` is bound to.
  public func digest(_ method: String) -> Digest {
    var digest = Digest()
    digest.combine(method)
    for text in [principal, resource, self.method, outcome] { digest.combine(text) }
    for time in [since, until] {
      digest.combine(time != nil)
      digest.combine(UInt64(bitPattern: time?.microseconds ?? 0))
    }
    return digest
  }

  /// A row as the place of a token.
  public static func place(_ sequence: Int64) -> [UInt8] {
    var writer = SnapshotWriter()
    // A number of one length: sealed tokens do not hide their own.
    writer.fixed(UInt64(bitPattern: sequence))
    return writer.bytes
  }

  /// Reads `place(_:)`.
  public static func sequence(place: [UInt8]) throws(InvalidValue) -> Int64 {
    try PageToken.read(place) { (reader) throws(SnapshotError) in
      try readSequence(&reader)
    }
  }

  private static func readSequence(
    _ reader: inout SnapshotReader
  ) throws(SnapshotError) -> Int64 {
    var bits: UInt64 = 0
    for _ in 0..<8 { bits = bits << 8 | UInt64(try reader.byte()) }
    let sequence = Int64(bitPattern: bits)
    guard (0...AuditQuery.newest).contains(sequence) else { throw SnapshotError() }
    return sequence
  }

  /// How much of a row's code is in a token: enough to tell it from another row with its number.
  public static let codeInPlace = 8

  /// A row with a part of its code as the place of a token.
  public static func place(_ head: AuditHead) -> [UInt8] {
    var writer = SnapshotWriter()
    writer.fixed(UInt64(bitPattern: head.sequence))
    writer.raw(Array(head.code.prefix(codeInPlace)))
    return writer.bytes
  }

  /// Reads `place(_:)` of a head.
  public static func head(place: [UInt8]) throws(InvalidValue) -> AuditHead {
    guard place.count <= 8 + codeInPlace else {
      throw PageToken.invalid("is not a token that this server made")
    }
    let sequence = try sequence(place: Array(place.prefix(8)))
    return AuditHead(sequence: sequence, code: Array(place.dropFirst(8)))
  }
}
