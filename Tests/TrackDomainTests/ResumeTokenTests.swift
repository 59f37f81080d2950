import Testing
import Wire

@testable import TrackDomain

@Suite(.timeLimit(.minutes(2))) struct ResumeTokenTests {
  private static let database = UniqueID(high: 1, low: 2)
  private let tokens = ResumeToken(scope: .component("cart"), databaseId: database)

  @Test(arguments: [[], [0], Array(repeating: 255, count: 16), Array(repeating: 7, count: 512)])
  func `carries a place, whatever its shape`(bytes: [UInt8]) throws {
    #expect(try tokens.decode(tokens.encode(after: LogPlace(bytes))) == bytes)
  }

  /// Tokens that clients of trackd 0.1.0 and 0.2.0 may still have.
  @Test(arguments: [
    ("AX2EM4ULNQ-6AAAAAAAAABlmD_pxTt_QPw", [0, 0, 0, 0, 0, 0, 0, 25]),
    (
      "AX2EM4ULNQ-6AAAAAAAAEmcAAAAAAAAwOVWm2kMymuRy",
      [0, 0, 0, 0, 0, 0, 18, 103, 0, 0, 0, 0, 0, 0, 48, 57]
    ),
  ])
  func `one that was given out stays readable`(token: String, bytes: [UInt8]) throws {
    #expect(try tokens.decode(token) == bytes)
    #expect(tokens.encode(after: LogPlace(bytes)) == token)
  }

  @Test func `places have the order of their bytes`() {
    let places = [[], [0], [0, 1], [1], [1, 0], [2]].map { LogPlace($0) }
    #expect(places.reversed().sorted() == places)
    #expect(places.first == .start)
  }

  @Test func `an empty one has no place`() throws {
    #expect(try tokens.decode("") == nil)
  }

  @Test(arguments: [
    ResumeToken(scope: .all, databaseId: database),
    ResumeToken(scope: .project("cart"), databaseId: database),
    ResumeToken(scope: .component("car"), databaseId: database),
    ResumeToken(scope: .component("cart"), databaseId: UniqueID(high: 1, low: 3)),
    ResumeToken(scope: .component("cart"), databaseId: UniqueID(high: 2, low: 2)),
  ])
  func `is bound to its scope and its database`(other: ResumeToken) {
    #expect(
      refusal(of: other.encode(after: LogPlace([1]))) == .invalidResumeToken)
  }

  @Test(arguments: ["x", "AAAA", " ", "\u{0}", String(repeating: "A", count: 2000)])
  func `refuses what no server made`(token: String) {
    #expect(refusal(of: token) == .invalidResumeToken)
  }

  @Test func `refuses one that was changed`() {
    let token = Array(tokens.encode(after: LogPlace([12, 3])))
    for index in token.indices {
      for other in "Ab_" where token[index] != other {
        var changed = token
        changed[index] = other
        #expect(refusal(of: String(changed)) == .invalidResumeToken)
      }
    }
  }

  private func refusal(of token: String) -> ErrorReason? {
    do throws(InvalidValue) {
      _ = try tokens.decode(token)
      return nil
    } catch {
      return error.reason
    }
  }
}
