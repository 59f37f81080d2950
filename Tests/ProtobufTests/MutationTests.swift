import Protobuf
import TestBasics
import TestMessages
import Testing

@Suite("Any bytes", .timeLimit(.minutes(2)))
struct MutationTests {
  private static let seeds: [[UInt8]] = [
    Wire.field(18, Wire.field(1, 1) + Wire.field(2, [0x61, 0, 0xc3, 0xa9])) + Wire.field(18, []),
    Wire.field(73, [1, 2, 3]) + Wire.field(71, [UInt8](repeating: 7, count: 16)),
    Wire.field(121, Wire.field(1, 1) + Wire.field(2, 2)) + Wire.field(137, Wire.field(2, [])),
    Wire.field(167, Wire.field(1, 1)) + Wire.field(168, Wire.field(20, [])) + Wire.field(153, 9),
    Wire.group(900, Wire.group(3, Wire.field(1, [1]))) + Wire.field(184, Wire.field(1, [])),
    Wire.nested(20, depth: 40), Wire.nested(4, depth: 99),
  ]

  private func mutate(_ bytes: inout [UInt8], using generator: inout SeededRandom) {
    for _ in 0..<Int.random(in: 1...4, using: &generator) {
      let position = Int.random(in: 0...bytes.count, using: &generator)
      switch Int.random(in: 0..<4, using: &generator) {
      case 0 where position < bytes.count:
        bytes[position] = .random(in: 0...255, using: &generator)
      case 1 where position < bytes.count:
        bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      case 2:
        bytes.removeSubrange(position..<min(bytes.count, position + 3))
      default:
        bytes.insert(
          contentsOf: Self.seeds.randomElement(using: &generator) ?? [], at: position)
      }
    }
  }

  @Test(arguments: 0..<20)
  func `What is accepted is the same after a round trip`(seed: UInt64) throws {
    var generator = SeededRandom(seed: seed)
    for _ in 0..<100 {
      var bytes = Self.seeds.randomElement(using: &generator) ?? []
      mutate(&bytes, using: &generator)
      guard let message = try? Everything(serialized: bytes) else { continue }
      let again = message.serialized()
      #expect(again.count == message.serializedSize)
      #expect(try Everything(serialized: again).serialized() == again, "\(bytes)")
    }
  }

  @Test(arguments: 0..<4)
  func `Random bytes are survived`(seed: UInt64) {
    var generator = SeededRandom(seed: seed)
    for _ in 0..<500 {
      let count = Int.random(in: 0..<64, using: &generator)
      let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
      _ = try? Everything(serialized: bytes)
      _ = try? Everything(jsonUTF8: bytes)
    }
  }

  @Test(arguments: 0..<4)
  func `Mutated JSON is survived`(seed: UInt64) throws {
    let text =
      #"{"oneInt32":-12,"oneLeaf":{"numbers":[1,2]},"wktAny":{"@type":"a/google.protobuf."#
      + #"Duration","value":"1.5s"},"mapString":{"a":"\u00e9\ud83c\udf88"},"wktValue":[null,{"a":1e5}]}"#
    var generator = SeededRandom(seed: seed)
    for _ in 0..<200 {
      var bytes = Array(text.utf8)
      mutate(&bytes, using: &generator)
      guard let message = try? Everything(jsonUTF8: bytes) else { continue }
      let again = try message.jsonUTF8()
      #expect(try Everything(jsonUTF8: again).jsonUTF8() == again)
    }
  }
}
