import Crypto
import Testing

@Suite(.timeLimit(.minutes(2)))
struct SealingKeyTests {
  private let key = SealingKey(SecretBytes(copying: [UInt8](0..<32)))

  @Test(arguments: [0, 1, 16, 1000])
  func `A sealed value opens again, and looks different every time`(count: Int) throws {
    let value = [UInt8](repeating: 7, count: count)
    let sealed = try key.seal(value, for: [1, 2])
    #expect(key.open(sealed, for: [1, 2]) == value)
    #expect(sealed.count == count + 28)
    #expect(try key.seal(value, for: [1, 2]) != sealed)
  }

  @Test
  func `No changed bit, no other context, no other key and no cut value opens`() throws {
    let sealed = try key.seal([1, 2, 3], for: [9])
    for place in sealed.indices {
      var changed = sealed
      changed[place] ^= 1
      #expect(key.open(changed, for: [9]) == nil)
    }
    #expect(key.open(sealed, for: []) == nil)
    #expect(SealingKey(SecretBytes(copying: [UInt8](1...32))).open(sealed, for: [9]) == nil)
    for count in sealed.indices { #expect(key.open(Array(sealed.prefix(count)), for: [9]) == nil) }
  }
}
