import Testing
import TrackDomain

@Suite(.timeLimit(.minutes(2))) struct IdentifierTests {
  @Test(arguments: [
    "a", "a1", "billing-api", "a--b", "v1-0", String(repeating: "a", count: 63),
    "9b2f1c3e-0000-4000-8000-0123456789ab", "9B2F1C3E-0000-4000-8000-0123456789AB",
    "00000000-0000-0000-0000-000000000000",
  ])
  func `are names or UUIDs`(id: String) {
    #expect(Identifier.isValid(id))
  }

  @Test(arguments: [
    "", "1a", "-a", "a-", "A", "a_b", "a.b", "a/b", "ä", "a b", "a\u{0}",
    String(repeating: "a", count: 64), "9b2f1c3e-0000-4000-8000-0123456789a",
    "9b2f1c3e-0000-4000-8000-0123456789abc", "9b2f1c3e00004000800000123456789ab",
    "9b2f1c3e-0000-4000-8000-0123456789ag", "9b2f1c3e-000-04000-8000-0123456789ab",
  ])
  func `are nothing else`(id: String) {
    #expect(!Identifier.isValid(id))
    #expect(reason { () throws(InvalidValue) in _ = try Identifier.check(id) } == .invalidId)
  }

  @Test func `of the server are random UUIDs of version 4`() {
    let ids = (0..<1000).map { _ in UniqueID.random() }
    #expect(Set(ids).count == 1000)
    for id in ids {
      let text = Array(id.description)
      #expect(text[14] == "4")
      #expect("89ab".contains(text[19]))
      #expect(UniqueID(id.description) == id)
      #expect(UniqueID(id.description.uppercased()) == id)
    }
  }

  @Test func `give their bytes in network order`() {
    let id = UniqueID("00010203-0405-0607-0809-0a0b0c0d0e0f")
    #expect(id?.bytes == Array(0...15))
    #expect(id?.description == "00010203-0405-0607-0809-0a0b0c0d0e0f")
  }

  @Test func `of requests are UUIDs other than the zero one`() throws {
    #expect(try RequestID.parse("") == nil)
    #expect(try RequestID.parse("9b2f1c3e-0000-1000-8000-0123456789ab") != nil)
    for text in ["x", "00000000-0000-0000-0000-000000000000", " "] {
      #expect(
        reason { () throws(InvalidValue) in _ = try RequestID.parse(text) } == .invalidRequestId)
    }
  }
}
