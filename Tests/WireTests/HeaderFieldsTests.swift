import Testing

@testable import Wire

@Suite(.timeLimit(.minutes(2))) struct HeaderFieldsTests {
  private func lines(_ fields: HeaderFields) -> [String] {
    fields.map { field in
      let name = String(decoding: fields.bytes[field.name], as: UTF8.self)
      return "\(name)=" + String(decoding: fields.bytes[field.value], as: UTF8.self)
    }
  }

  @Test func `Fields come out in the order in which they went in`() {
    var fields: HeaderFields = [":status": "200", "a": ""]
    fields.append("b".utf8, [0, 255])
    fields.append(Array("c".utf8).span, Array("d".utf8).span)
    #expect(fields.count == 4)
    #expect(Array(fields.bytes[Array(fields)[2].value]) == [0, 255])
    #expect(lines(fields).prefix(2) == [":status=200", "a="])
    #expect(lines(fields).last == "c=d")
    #expect(fields.value("a") == [])
    #expect(fields.value("c") == ArraySlice("d".utf8))
    #expect(fields.value("e") == nil)
    #expect(lines(HeaderFields()) == [])
  }

  @Test func `A name or a value may have any length`() {
    for length in [0, 1, 255, 256, 65_535, 65_536, 1 << 20] {
      let text = String(repeating: "x", count: length)
      var fields = HeaderFields()
      fields.append(text, "v")
      fields.append("n", text)
      #expect(lines(fields) == ["\(text)=v", "n=\(text)"])
    }
  }

  @Test func `A buffer packs names and values of every short length octet by octet`() {
    let octets = (0..<96).map { UInt8($0 + 32) }
    var buffer = HeaderBuffer()
    for name in 0...40 {
      var expected = HeaderFields()
      for value in 0...40 {
        expected.append(octets[..<name], octets[(96 - value)...])
        buffer.append(octets.span.extracting(first: name), octets.span.extracting(last: value))
      }
      let fields = buffer.finish()
      #expect(fields == expected)
    }
  }

  @Test func `A buffer gives away what was packed, and begins anew`() {
    var buffer = HeaderBuffer()
    for count in [1, 3, 200, 2, 0] {
      var expected = HeaderFields()
      for number in 0..<count {
        expected.append("name\(number)", String(repeating: "v", count: number))
        buffer.append(
          Array("name\(number)".utf8).span,
          Array(String(repeating: "v", count: number).utf8).span)
      }
      let packed = buffer.count
      let fields = buffer.finish()
      let left = buffer.count
      #expect(fields == expected)
      #expect(packed == count && left == 0)
    }
    buffer.append(Array("a".utf8).span, Array("b".utf8).span)
    buffer.removeAll()
    buffer.release()
    let empty = buffer.finish()
    #expect(empty == HeaderFields())
  }

  @Test func `A block that is kept is constant until it is changed, and equal to one that is not`()
  {
    let fields: HeaderFields = ["a": "b"]
    var kept = fields.keptForEver()
    #expect(kept.isConstant && !fields.isConstant)
    #expect(kept == fields && kept.hashValue == fields.hashValue)
    let constant = kept
    kept.append("c", "d")
    #expect(!kept.isConstant && constant.isConstant)
    #expect(constant == fields && kept != fields)
  }

  @Test func `Octets of any number are equal when each of them is`() {
    let octets = (0..<40).map { UInt8($0) }
    for count in 0...octets.count {
      let own = Array(octets[..<count])
      #expect(equal(own, Array(octets[..<count])))
      #expect(!equal(own, own + [0]))
      for index in own.indices {
        var other = own
        other[index] ^= 0x80
        #expect(!equal(own, other))
      }
    }
  }

  @Test func `An octet that is meant is found wherever it stands`() {
    for count in 0...40 {
      let plain = [UInt8](repeating: UInt8(ascii: "b"), count: count)
      #expect(!hasControl(plain))
      for index in plain.indices {
        var marked = plain
        marked[index] = 0x1F
        #expect(hasControl(marked))
      }
    }
  }

  private func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool { left.span.equals(right.span) }

  private func hasControl(_ octets: [UInt8]) -> Bool {
    !OctetMarks.none(of: octets.span) { OctetMarks.below(0x20, in: $0) }
  }

  private func equals(_ text: String, _ literal: StaticString) -> Bool {
    Array(text.utf8).span.equals(literal)
  }

  private func starts(_ text: String, with literal: StaticString) -> Bool {
    Array(text.utf8).span.starts(with: literal)
  }

  private func equalsIgnoringCase(_ text: String, _ literal: StaticString) -> Bool {
    Array(text.utf8).span.equalsIgnoringCase(literal)
  }

  @Test func `Literals are compared octet by octet`() {
    #expect(equals("Trailers", "Trailers"))
    for other: StaticString in ["trailers", "Trailer", "Trailers2", ""] {
      #expect(!equals("Trailers", other))
    }
    #expect(starts("Trailers", with: "Trail") && starts("Trailers", with: "Trailers"))
    #expect(!starts("Trailers", with: "Trailers2") && !starts("Trailers", with: "rail"))
    #expect(equalsIgnoringCase("Trailers", "trailers"))
    #expect(!equalsIgnoringCase("Trailers", "trailer"))
    // The bit of the case is set in a character that is no letter: "@" is not "`".
    #expect(!equalsIgnoringCase("@", "`"))
  }
}
