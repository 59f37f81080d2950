import Testing
import Wire

@testable import TrackDomain

@Suite(.timeLimit(.minutes(2))) struct ResumeTokenTests {
  private static let database = UniqueID(high: 1, low: 2)
  private let tokens = ResumeToken(scope: .component("cart"), databaseId: database)

  @Test(arguments: [0, 1, 4711, Int64.max], [0, 1, UInt64.max])
  func `carries a place in the log`(sequence: Int64, digest: UInt64) throws {
    let place = LogPlace(sequence: sequence, digest: digest)
    #expect(try tokens.decode(tokens.encode(after: place)) == .exact(place))
  }

  @Test func `one of version 0_1_0 carries a number`() throws {
    #expect(try tokens.decode(oldToken(after: 25)) == .undigested(25))
  }

  /// A token of trackd 0.1.0: its place is the number alone.
  private func oldToken(after sequence: UInt64) -> String {
    let token = tokens.encode(after: LogPlace(sequence: Int64(sequence), digest: 0))
    guard let bytes = Base64.url.decode(token.utf8.span) else { return "" }
    return PageToken.encode(
      arguments: ResumeToken.digest(of: .component("cart"), Self.database),
      place: Array(bytes[9..<17]))
  }

  @Test func `changes of one number have places of their own`() {
    let change = Change(
      kind: .updated, resource: .image, resourceId: "i", projectId: "p", componentId: "c",
      at: Timestamp(microseconds: 5), actor: Principal(name: "ada", isVerified: false),
      snapshot: [1])
    let others: [(inout Change) -> Void] = [
      { _ in }, { $0.kind = .deleted }, { $0.resource = .deployment }, { $0.resourceId = "j" },
      { $0.at = Timestamp(microseconds: 6) }, { $0.actor.name = "eve" }, { $0.snapshot = [2] },
      { $0.snapshot = [] },
    ]
    let places = others.map { edit in
      var other = change
      edit(&other)
      return LoggedChange(sequence: 7, change: other).place
    }
    #expect(Set(places).count == others.count)
    #expect(places[0] == LoggedChange(sequence: 7, change: change).place)
    #expect(places[0] != LoggedChange(sequence: 8, change: change).place)
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
      refusal(of: other.encode(after: LogPlace(sequence: 1, digest: 1))) == .invalidResumeToken)
  }

  @Test(arguments: ["x", "AAAA", " ", "\u{0}", String(repeating: "A", count: 2000)])
  func `refuses what no server made`(token: String) {
    #expect(refusal(of: token) == .invalidResumeToken)
  }

  @Test func `refuses one that was changed`() {
    let token = Array(tokens.encode(after: LogPlace(sequence: 12, digest: 3)))
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
