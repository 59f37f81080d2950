import Testing
import Wire

@Suite(.timeLimit(.minutes(2))) struct HexadecimalTests {
  @Test func `digits are read in both cases and nothing else is`() {
    for byte in 0...UInt8.max {
      let text = String(Character(Unicode.Scalar(byte)))
      let isDigit = byte < 0x80 && byte != UInt8(ascii: "+") && byte != UInt8(ascii: "-")
      #expect(Hexadecimal.value(of: byte) == (isDigit ? UInt8(text, radix: 16) : nil))
    }
  }

  @Test func `digits are written in the case that is asked for`() {
    for value in 0..<16 as Range<UInt8> {
      #expect(Array(String(value, radix: 16).utf8) == [Hexadecimal.digit(value)])
      let upper = String(value, radix: 16, uppercase: true)
      #expect(Array(upper.utf8) == [Hexadecimal.upperDigit(value)])
    }
  }
}
