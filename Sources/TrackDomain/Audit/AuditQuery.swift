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

  public var filter: AuditFilter
  /// The first row and the last one to look at; at most `mostExamined`, unless all are wanted.
  public var sequences: ClosedRange<Int64>
  /// Else the oldest comes first.
  public var newestFirst: Bool
  public var limit: Int

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
    writer.signed(sequence)
    return writer.bytes
  }

  /// Reads `place(_:)`.
  public static func sequence(place: [UInt8]) throws(InvalidValue) -> Int64 {
    try PageToken.read(place) { (reader) throws(SnapshotError) in
      let sequence = try reader.signed()
      guard (0..<Int64.max >> 2).contains(sequence) else { throw SnapshotError() }
      return sequence
    }
  }
}
