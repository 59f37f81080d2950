import Crypto
import Testing

@Suite(.timeLimit(.minutes(2)))
struct SecretBytesTests {
  @Test
  func `A secret takes the bytes over and leaves none`() {
    var bytes: [UInt8] = [1, 2, 3]
    let secret = SecretBytes(wiping: &bytes)
    #expect(bytes.isEmpty && secret.count == 3)
    let first = secret.span[0]
    let last = secret.span[2]
    #expect(first == 1 && last == 3)
  }
}
