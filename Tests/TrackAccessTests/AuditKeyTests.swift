import Crypto
import Testing
import TrackAccess

@Suite(.timeLimit(.minutes(2))) struct AuditKeyTests {
  private static let first = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
  private static let second = "/+7dzLuqmYh3ZlVEMyIRAP/u3cy7qpmId2ZVRDMiEQA="

  @Test func `the first key of a file signs, and all verify`() throws {
    let text = "# keys\n\n \(Self.first) \r\n\(Self.second)\n"
    let keys = try AuditKeyFile.keys(Array(text.utf8))
    #expect(keys.map(\.count) == [32, 32])
    #expect(
      AuditKeys(signing: SecretBytes(copying: Array(0..<32))).keyId
        == AuditKeys(signing: keys[0]).keyId)
    let old = AuditKeys(signing: keys[1])
    let new = AuditKeys(signing: keys[0], others: [keys[1]])
    #expect(old.keyId != new.keyId && new.code(for: [1]) != old.code(for: [1]))
    #expect(new.isValid(old.code(for: [1]), for: [1], keyId: old.keyId) == true)
    #expect(new.isValid(old.code(for: [1]), for: [2], keyId: old.keyId) == false)
    #expect(new.isValid(old.code(for: [1]), for: [1], keyId: new.keyId) == false)
    #expect(old.isValid(new.code(for: [1]), for: [1], keyId: new.keyId) == nil)
  }

  @Test(arguments: [
    ("", 1), ("# none\n", 1), ("AAEC\n", 1), ("\(first)\nsecret!\n", 2), ("\(first)=\n", 1),
  ])
  func `a broken file is told by its line, and no key is repeated`(_ text: String, _ line: Int) {
    let fault = #expect(throws: AccessFileFault.self) {
      try AuditKeyFile.keys(Array(text.utf8))
    }
    #expect(fault?.line == line)
    #expect(fault?.description.contains("secret") == false)
  }
}
