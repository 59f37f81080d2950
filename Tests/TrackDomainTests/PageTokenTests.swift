import Testing
import TrackDomain

@Suite(.timeLimit(.minutes(2))) struct PageTokenTests {
  private let arguments = digest("a")
  private let key = TrackKey(
    version: APIVersion(major: 1, minor: 2), at: Timestamp(microseconds: -5), id: "one")

  @Test func `carries a place`() throws {
    let token = PageToken.encode(arguments: arguments, place: key.place)
    let place = try #require(try PageToken.decode(token, arguments: arguments))
    #expect(try TrackKey(place: place) == key)
    #expect(try PageToken.decode("", arguments: arguments) == nil)
  }

  @Test func `is safe in URLs`() {
    for count in 0..<40 {
      let token = PageToken.encode(
        arguments: arguments, place: (0..<count).map { _ in .random(in: 0...255) })
      #expect(
        token.utf8.allSatisfy { byte in
          let scalar = Unicode.Scalar(byte)
          return scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
            || "-_".unicodeScalars.contains(scalar)
        })
    }
  }

  @Test func `is bound to the other arguments`() {
    let token = PageToken.encode(arguments: arguments, place: key.place)
    #expect(
      reason { () throws(InvalidValue) in
        _ = try PageToken.decode(token, arguments: digest("b"))
      } == .invalidPageToken)
  }

  @Test func `shows every change of a character`() {
    let token = Array(PageToken.encode(arguments: arguments, place: key.place))
    for index in token.indices {
      for other in "Ab_-9" where token[index] != other {
        var changed = token
        changed[index] = other
        #expect(
          reason { () throws(InvalidValue) in
            _ = try PageToken.decode(String(changed), arguments: arguments)
          } == .invalidPageToken)
      }
    }
  }

  @Test(arguments: [
    "x", "AAAA", "=", "AA==", " ", "%", "AQ", String(repeating: "A", count: 100),
    String(repeating: "A", count: 5000), "\u{0}",
  ])
  func `refuses what the server did not make`(token: String) {
    #expect(
      reason { () throws(InvalidValue) in
        _ = try PageToken.decode(token, arguments: arguments)
      } == .invalidPageToken)
  }

  @Test func `refuses a place that is cut short`() {
    let place = key.place
    for count in 0..<place.count {
      #expect(throws: InvalidValue.self) { try TrackKey(place: Array(place.prefix(count))) }
    }
    #expect(throws: InvalidValue.self) { try TrackKey(place: place + [0]) }
  }
}

private func digest(_ text: String) -> Digest {
  var digest = Digest()
  digest.combine(text)
  return digest
}
