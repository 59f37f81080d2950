import Crypto
import Testing

@Suite(.timeLimit(.minutes(2)))
struct DigestsTests {
  /// FIPS 180-4's example.
  @Test
  func `SHA-256 of abc`() {
    let hex = SHA256.hash(Array("abc".utf8)).map {
      String($0 >> 4, radix: 16) + String($0 & 15, radix: 16)
    }
    #expect(hex.joined() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }

  /// RFC 4231, test case 2.
  @Test
  func `HMAC accepts its own code and no other`() {
    let key = HMACKey(SecretBytes(copying: Array("Jefe".utf8)))
    let code = key.code(for: Array("what do ya want for nothing?".utf8))
    #expect(code.prefix(4) == [0x5b, 0xdc, 0xc1, 0x46])
    #expect(key.isValid(code, for: Array("what do ya want for nothing?".utf8)))
    #expect(!key.isValid(code, for: Array("what do ya want for nothing!".utf8)))
    #expect(!key.isValid(Array(code.dropLast()), for: Array("what do ya want for nothing?".utf8)))
  }

  @Test
  func `Random bytes differ`() throws {
    #expect(try SecureRandom.bytes(16) != SecureRandom.bytes(16))
  }
}
