import CProtobufShim
import Protobuf
import TestMessages
import Testing

@Suite("What decoding may cost", .timeLimit(.minutes(2)))
struct LimitsTests {
  @Test func `Messages nest a hundred deep and no deeper`() throws {
    #expect(try Leaf(serialized: Wire.nested(4, depth: 100)).leaf != nil)
    #expect(throws: DecodingError.tooDeep) { try Leaf(serialized: Wire.nested(4, depth: 101)) }
    #expect(throws: DecodingError.tooDeep) { try Leaf(serialized: Wire.nested(4, depth: 5000)) }
    let limits = DecodingLimits(depth: 3, memory: 1 << 20)
    #expect(throws: DecodingError.tooDeep) {
      try Leaf(serialized: Wire.nested(4, depth: 4), limits: limits)
    }
  }

  @Test func `Groups count as nesting`() {
    let groups = (0..<101).reduce(into: [UInt8]()) { bytes, _ in bytes = Wire.group(9, bytes) }
    #expect(throws: DecodingError.tooDeep) { try Leaf(serialized: groups) }
  }

  @Test(
    "A few bytes cannot ask for much memory",
    arguments: [
      Wire.field(87, []), Wire.field(88, []), Wire.field(900, 1), Wire.group(900),
      Wire.field(84, []), Wire.field(85, [1]), Wire.field(121, []), Wire.field(18, []),
      Wire.field(20, Wire.field(20, [])), Wire.field(14, 1), Wire.field(73, 1),
    ])
  func memory(piece: [UInt8]) {
    var bytes = piece
    while bytes.count < 128 << 10 { bytes += bytes }
    let limits = DecodingLimits(depth: 100, memory: 512 << 10)
    #expect(throws: DecodingError.tooLarge) { try Everything(serialized: bytes, limits: limits) }
  }

  @Test func `A large message is no expensive one`() throws {
    var leaf = Leaf()
    leaf.text = String(repeating: "a", count: 4 << 20)
    #expect(try Leaf(serialized: leaf.serialized()) == leaf)
  }

  @Test func `A thread keeps one small chunk`() throws {
    var leaf = Leaf()
    leaf.numbers = Array(repeating: 7, count: 1_000_000)
    #expect(try Leaf(serialized: leaf.serialized()) == leaf)
    #expect(pb_arena_retained() == 512 * 1024)
    #expect(throws: DecodingError.self) {
      try Leaf(serialized: leaf.serialized().dropLast() + [0x80])
    }
    #expect(pb_arena_retained() == 512 * 1024)
  }
}
