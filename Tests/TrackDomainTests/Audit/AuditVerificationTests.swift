import Testing
import TrackDomain

/// Finds what was done to a chain, whatever it was.
@Suite(.timeLimit(.minutes(2))) struct AuditVerificationTests {
  /// A code that who has the key alone can make, as far as these tests are concerned.
  private struct Seal: AuditSeal {
    /// Signs; those before it have signed.
    var key: UInt64 = 1
    var oldest: UInt64 = 1
    var keyId: String { "\(key)" }

    func code(for bytes: [UInt8]) -> [UInt8] { code(for: bytes, key) }

    private func code(for bytes: [UInt8], _ key: UInt64) -> [UInt8] {
      var digest = Digest()
      digest.combine(key)
      for byte in bytes { digest.combine(byte) }
      return Array("\(digest.high) \(digest.low)".utf8)
    }

    func isValid(_ code: [UInt8], for bytes: [UInt8], keyId: String) -> Bool? {
      key(keyId).map { code == self.code(for: bytes, $0) }
    }

    func rank(ofKey id: String) -> Int? { key(id).map { Int($0) } }

    private func key(_ id: String) -> UInt64? {
      UInt64(id).flatMap { (oldest...key).contains($0) ? $0 : nil }
    }
  }

  private func event(_ number: Int) -> AuditEvent {
    AuditEvent(
      at: Timestamp(microseconds: Int64(number)),
      principal: Principal(name: "ada", isVerified: true),
      peer: "ipv4:192.0.2.1:5", method: "a.B/C",
      subject: AuditSubject(
        "components/cart", at: AccessPlace(organizationId: "acme", componentId: "cart"),
        changedFields: ["a", "b"], reason: "NONE"),
      requestId: "r")
  }

  private func chain(
    _ count: Int, _ seal: Seal = Seal(), behind start: AuditHead = AuditHead()
  ) -> [AuditRecord] {
    var head = start
    return (0..<count).map { number in
      let record = AuditChain.record(event(number), keptFrom: 7, behind: head, seal)
      head = AuditHead(sequence: record.sequence, code: record.code)
      return record
    }
  }

  private func head(_ record: AuditRecord) -> AuditHead {
    AuditHead(sequence: record.sequence, code: record.code)
  }

  private func verify(
    _ records: [AuditRecord], from anchor: AuditAnchor = AuditAnchor(), expected: AuditHead? = nil,
    _ seal: Seal = Seal()
  ) -> AuditVerification {
    var verification = AuditVerification(from: anchor, expected: expected, seal)
    for record in records { verification.look(at: record) }
    verification.end(at: records.last.map(head) ?? anchor.head)
    return verification
  }

  @Test func `nothing is wrong with a chain as it was written`() {
    let records = chain(5)
    let verification = verify(records, expected: head(records[2]))
    #expect(verification.finding == nil)
    #expect(verification.head == head(records[4]) && verification.hasCompared)
    #expect(verify([]).finding == nil)
  }

  /// Each member of an event, changed.
  private static let changes: [@Sendable (inout AuditEvent) -> Void] = [
    { $0.at = Timestamp(microseconds: 99) }, { $0.count = 2 },
    { $0.principal.name = "eve" }, { $0.principal.isVerified = false },
    { $0.principal.onBehalfOf = "eve" }, { $0.peer = "" }, { $0.method = "a.B/D" },
    { $0.requestId = "" }, { $0.outcome = "ABORTED" },
    { $0.subject.resource = "components/web" }, { $0.subject.reason = "" },
    { $0.subject.changedFields = ["a"] }, { $0.subject.changedFields = [] },
    { $0.subject.place.organizationId = "" }, { $0.subject.place.projectId = "x" },
    { $0.subject.place.componentId = "web" }, { $0.subject.place.environmentId = "x" },
    {
      // The same letters, in other places.
      $0.peer = "ipv4:192.0.2.1:5a"
      $0.method = ".B/C"
    },
  ]

  @Test(arguments: changes.indices)
  func `a changed row is found, whatever was changed of it`(_ number: Int) {
    var records = chain(5)
    Self.changes[number](&records[2].event)
    #expect(verify(records).finding == .init(fault: .changed, sequence: 3))
    #expect(verify(records).head.sequence == 2)
  }

  @Test func `a removed row is found, wherever it was`() {
    for index in 0..<4 {
      var records = chain(5)
      records.remove(at: index)
      let sequence = Int64(index + 2)
      #expect(verify(records).finding == .init(fault: .removed, sequence: sequence))
      // Nor can the others move up.
      for later in index..<4 { records[later].sequence -= 1 }
      let moved = Int64(index + 1)
      #expect(verify(records).finding == .init(fault: .changed, sequence: moved))
    }
  }

  @Test func `rows that were cut off are found by a head that was kept`() {
    let records = chain(5)
    #expect(verify(Array(records.prefix(3))).finding == nil)
    #expect(
      verify(Array(records.prefix(3)), expected: head(records[4])).finding
        == .init(fault: .cut, sequence: 3))
    #expect(verify([], expected: head(records[0])).finding == .init(fault: .cut, sequence: 0))
    var other = head(records[1])
    other.code[0] ^= 1
    #expect(verify(records, expected: other).finding == .init(fault: .replaced, sequence: 2))
  }

  @Test func `a chain that was made with another key is found`() {
    #expect(
      verify(chain(2, Seal(key: 2))).finding == .init(fault: .keyUnknown, sequence: 1))
    var forged = chain(2, Seal(key: 2))
    for index in forged.indices { forged[index].keyId = "1" }
    #expect(verify(forged).finding == .init(fault: .changed, sequence: 1))
  }

  @Test func `a moved time of keeping, and rows behind the last number, are found`() {
    var records = chain(5)
    records[1].keptFrom -= 1
    #expect(verify(records).finding == .init(fault: .changed, sequence: 2))
    var verification = AuditVerification(from: AuditAnchor(), Seal())
    for record in chain(5) { verification.look(at: record) }
    verification.end(at: AuditHead(sequence: 1 << 61))
    #expect(verification.finding == .init(fault: .removed, sequence: 1 << 61))
  }

  @Test func `an older key signs nothing behind a newer one, and not the end`() {
    let both = Seal(key: 2)
    let old = chain(3)
    let new = chain(2, both, behind: head(old[2]))
    #expect(verify(old + new, both).finding == nil)
    // Who has the old key alone changes old rows, and signs anew up to the end.
    #expect(verify(old, both).finding == .init(fault: .keyOutdated, sequence: 3))
    let more = chain(1, behind: head(new[1]))
    #expect(verify(old + new + more, both).finding == .init(fault: .keyOutdated, sequence: 6))
    // Or drops rows, as retention does.
    let anchor = AuditAnchor(dropping: head(old[1]), Seal())
    let rest = Array(old.dropFirst(2)) + new
    #expect(verify(rest, from: anchor, both).finding == .init(fault: .keyOutdated, sequence: 2))
    let signed = AuditAnchor(dropping: head(old[1]), both)
    #expect(verify(rest, from: signed, both).finding == nil)
  }

  @Test func `dropped rows leave an anchor that nobody else can make`() {
    let records = chain(5)
    let rest = Array(records.dropFirst(2))
    let anchor = AuditAnchor(dropping: head(records[1]), Seal())
    #expect(verify(rest, from: anchor).finding == nil)
    #expect(verify(rest).finding == .init(fault: .removed, sequence: 3))
    #expect(verify(rest, from: anchor, expected: head(records[1])).finding == nil)
    // What was known before the anchor cannot be compared any more.
    let early = verify(rest, from: anchor, expected: head(records[0]))
    #expect(early.finding == nil && !early.hasCompared)
    let later = AuditAnchor(head: head(records[3]), keyId: "1", signature: anchor.signature)
    let finding = verify(Array(records.dropFirst(4)), from: later).finding
    #expect(finding == .init(fault: .anchorForged, sequence: 4))
    var stolen = anchor
    stolen.keyId = "2"
    #expect(verify(rest, from: stolen).finding == .init(fault: .keyUnknown, sequence: 2))
    let row = AuditAnchor(head: head(records[1]), keyId: "1", signature: records[1].code)
    #expect(verify(rest, from: row).finding == .init(fault: .anchorForged, sequence: 2))
  }

  @Test(arguments: [
    (0, 1), (7, 8), (-1, 1), (.min, 1), (AuditQuery.newest, AuditQuery.newest),
    (.max, AuditQuery.newest),
  ])
  func `there are rows behind every number`(sequence: Int64, first: Int64) {
    #expect(AuditQuery.rows(behind: sequence) == first...AuditQuery.newest)
  }
}
