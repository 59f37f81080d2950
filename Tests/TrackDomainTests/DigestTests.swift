import Testing
import TrackDomain

@Suite(.timeLimit(.minutes(2))) struct DigestTests {
  @Test func `is FNV-1a of 128 bits`() {
    // Of "foobar", from the authors' test vectors.
    var digest = Digest()
    for byte in "foobar".utf8 { digest.combine(byte) }
    #expect(digest == Digest(high: 0x343E_1662_793C_64BF, low: 0x6F0D_3597_BA44_6F18))
  }

  @Test func `tells texts apart by their borders`() {
    func of(_ texts: String...) -> Digest {
      var digest = Digest()
      for text in texts { digest.combine(text) }
      return digest
    }
    #expect(of("ab", "c") == of("ab", "c"))
    #expect(of("ab", "c") != of("a", "bc"))
    #expect(of("", "a") != of("a", ""))
    #expect(of("a\u{0}") != of("a"))
  }
}
