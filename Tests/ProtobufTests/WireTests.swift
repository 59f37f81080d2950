import Protobuf
import TestMessages
import Testing

@Suite("What comes over the wire", .timeLimit(.minutes(2)))
struct WireTests {
  @Test func `Strings keep NULs and every scalar of Unicode`() throws {
    let text = "\0a\0é日🎈\u{10ffff}"
    var leaf = Leaf()
    leaf.text = text
    #expect(try Leaf(serialized: leaf.serialized()).text == text)
  }

  @Test(
    arguments: [
      [0x80], [0xc0, 0x80], [0xe0, 0x9f, 0xbf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80],
      [0x61, 0xe2, 0x82], [0xff],
    ] as [[UInt8]])
  func `A string that is not UTF-8 is refused, wherever it is`(bytes: [UInt8]) {
    let leaf = Wire.field(2, bytes)
    #expect(throws: DecodingError.invalidUTF8) { try Leaf(serialized: leaf) }
    #expect(throws: DecodingError.invalidUTF8) {
      try Leaf(serialized: leaf + Wire.field(2, [0x61]))
    }
    #expect(throws: DecodingError.invalidUTF8) { try Leaf(serialized: Wire.field(4, leaf)) }
  }

  @Test(
    "Bytes that are no message are refused",
    arguments: [
      [0x08], [0x12, 0x05, 0x61], [0x00, 0x01], [0x0e, 0x00], [0x0c], [0x0b], [0x0b, 0x14],
      [0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01], [0x1a, 0x01, 0x80],
      [0x12, 0xff, 0xff, 0xff, 0xff, 0x0f], [0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
    ] as [[UInt8]])
  func malformed(bytes: [UInt8]) {
    #expect(throws: DecodingError.malformed) { try Leaf(serialized: bytes) }
  }

  @Test func `Unknown fields are kept and sent on`() throws {
    let unknown =
      Wire.field(900, 150) + Wire.field(901, [0xff, 0]) + Wire.group(902, Wire.field(1, 1))
      + Wire.field(19999, [1, 2]) + Wire.tag(903, 5) + [1, 2, 3, 4] + Wire.field(1, [7])
    let leaf = try Leaf(serialized: unknown + Wire.field(1, 5))
    #expect(leaf.number == 5)
    #expect(leaf.unknownFields.bytes == unknown)
    #expect(leaf.serialized() == Wire.field(1, 5) + unknown)
    #expect(try Leaf(serialized: leaf.serialized()) == leaf)
  }

  @Test func `Only whole fields can be unknown fields`() {
    #expect(UnknownFields([0x08]) == nil)
    #expect(UnknownFields([0x0c]) == nil)
    #expect(UnknownFields([]) == UnknownFields())
    #expect(UnknownFields([0x08, 0x01])?.bytes == [0x08, 0x01])
  }

  @Test func `Occurrences of a submessage merge, unknown fields included`() throws {
    let first = Wire.field(1, 1) + Wire.field(3, 7) + Wire.field(90, 1)
    let second = Wire.field(2, [0x61]) + Wire.field(3, 8) + Wire.field(91, 1)
    let leaf = try #require(
      try Leaf(serialized: Wire.field(4, first) + Wire.field(4, second)).leaf)
    #expect(leaf.number == 1)
    #expect(leaf.text == "a")
    #expect(leaf.numbers == [7, 8])
    #expect(leaf.unknownFields.bytes == Wire.field(90, 1) + Wire.field(91, 1))
  }

  @Test func `Packed and unpacked values are one list`() throws {
    let bytes = Wire.field(3, [1, 2]) + Wire.field(3, 3) + Wire.field(3, []) + Wire.field(3, [4])
    #expect(try Leaf(serialized: bytes).numbers == [1, 2, 3, 4])
  }

  @Test func `The last member of a oneof counts`() throws {
    let message = Wire.field(167, Wire.field(1, 1))
    let integer = Wire.field(153, 5)
    let more = Wire.field(167, Wire.field(2, [0x61]))
    #expect(try Everything(serialized: message + integer).choice == .choiceInt32(5))
    var leaf = Leaf()
    leaf.text = "a"
    #expect(try Everything(serialized: message + integer + more).choice == .choiceLeaf(leaf))
    leaf.number = 1
    #expect(try Everything(serialized: message + more).choice == .choiceLeaf(leaf))
  }

  @Test func `Negative zero is sent, zero is not`() {
    var everything = Everything()
    everything.oneDouble = 0
    #expect(everything.serialized() == [])
    everything.oneDouble = -0.0
    #expect(everything.serialized().count == 9)
  }

  @Test func `Explicit presence keeps defaults`() throws {
    var everything = Everything()
    everything.optionalInt32 = 0
    everything.optionalString = ""
    everything.choice = .choiceBytes([])
    let copy = try Everything(serialized: everything.serialized())
    #expect(copy == everything)
    #expect(copy.optionalInt32 == 0)
    #expect(copy.optionalBool == nil)
  }

  @Test func `Maps are sent by ascending key`() {
    var everything = Everything()
    everything.mapString = ["b": "2", "a": "1"]
    let bytes = everything.serialized()
    everything.mapString = ["a": "1", "b": "2"]
    #expect(everything.serialized() == bytes)
    #expect(bytes.suffix(8).contains(UInt8(ascii: "b")))
  }
}
