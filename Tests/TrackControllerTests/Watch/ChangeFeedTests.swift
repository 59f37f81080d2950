import Testing
import TrackController
import TrackDomain

@Suite(.timeLimit(.minutes(2))) struct ChangeFeedTests {
  final class Follower: ChangeFollower {
    let name: String
    var position: LogPlace
    var group: ChangeGroup<Follower>?
    var place = 0

    init(_ name: String = "", at position: UInt64 = 0) {
      self.name = name
      self.position = ChangeFeedTests.place(position)
    }
  }

  private static func tokens(_ scope: ChangeScope) -> ResumeToken {
    ResumeToken(scope: scope, databaseId: UniqueID(high: 0, low: 0))
  }

  /// The n-th place of some store.
  private static func place(_ number: UInt64) -> LogPlace {
    LogPlace((0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) })
  }

  private static func join(
    _ feed: inout ChangeFeed<Follower>, _ follower: Follower, _ scope: ChangeScope = .all
  ) {
    feed.join(follower, scope, tokens(scope))
  }

  private static func change(_ projectId: String, _ componentId: String) -> Change {
    Change(
      kind: .created, resource: .deploymentTrack, resourceId: "t", projectId: projectId,
      componentId: componentId, at: Timestamp(microseconds: 0),
      actor: Principal(name: "", isVerified: false), snapshot: [])
  }

  // MARK: Reading

  @Test func `nothing is read for nobody`() {
    var feed = ChangeFeed<Follower>()
    let result1 = feed.committed()
    #expect(!result1)
    Self.join(&feed, Follower(at: 5))
    #expect(feed.position == Self.place(5))
    let result2 = feed.committed()
    #expect(result2)
  }

  @Test func `many commits are one reading, and one more for those meanwhile`() {
    var feed = ChangeFeed<Follower>()
    Self.join(&feed, Follower(at: 5))
    let result3 = feed.committed()
    #expect(result3)
    let result4 = feed.committed()
    #expect(!result4)
    let result5 = feed.committed()
    #expect(!result5)
    let again = feed.pageRead(upTo: Self.place(7), isLast: true)
    #expect(again)
    let result6 = feed.pageRead(upTo: Self.place(8), isLast: true)
    #expect(!result6)
    #expect(feed.position == Self.place(8))
    let result7 = feed.committed()
    #expect(result7)
  }

  @Test func `pages are read until the last`() {
    var feed = ChangeFeed<Follower>()
    Self.join(&feed, Follower(at: 0))
    let result8 = feed.committed()
    #expect(result8)
    let result9 = feed.pageRead(upTo: Self.place(256), isLast: false)
    #expect(result9)
    let result10 = feed.pageRead(upTo: Self.place(512), isLast: false)
    #expect(result10)
    let result11 = feed.pageRead(upTo: Self.place(513), isLast: true)
    #expect(!result11)
  }

  @Test func `reading ends when nobody is left, and begins with whoever comes`() {
    var feed = ChangeFeed<Follower>()
    let first = Follower(at: 0)
    Self.join(&feed, first)
    let result12 = feed.committed()
    #expect(result12)
    feed.leave(first)
    let result13 = feed.pageRead(upTo: Self.place(256), isLast: false)
    #expect(!result13)
    #expect(feed.admits(Self.place(100)))
    Self.join(&feed, Follower(at: 9000))
    #expect(feed.position == Self.place(9000))
    let result14 = feed.committed()
    #expect(result14)
  }

  @Test func `a failed reading is followed by another one`() {
    var feed = ChangeFeed<Follower>()
    Self.join(&feed, Follower(at: 3))
    let result15 = feed.committed()
    #expect(result15)
    feed.readingFailed()
    #expect(feed.position == Self.place(3))
    let result16 = feed.committed()
    #expect(result16)
  }

  // MARK: Joining

  @Test func `who knows less than the others have been told reads on before it joins`() {
    var feed = ChangeFeed<Follower>()
    Self.join(&feed, Follower(at: 10))
    #expect(!feed.admits(Self.place(9)))
    #expect(feed.admits(Self.place(10)))
    #expect(feed.admits(Self.place(11)))
    let result17 = feed.committed()
    #expect(result17)
    _ = feed.pageRead(upTo: Self.place(20), isLast: true)
    #expect(!feed.admits(Self.place(19)))
  }

  @Test func `who knows more joins without moving the others`() {
    var feed = ChangeFeed<Follower>()
    Self.join(&feed, Follower(at: 10))
    Self.join(&feed, Follower(at: 15))
    #expect(feed.position == Self.place(10))
  }

  @Test func `while a page is read for nobody its place counts`() {
    var feed = ChangeFeed<Follower>()
    let first = Follower(at: 10)
    Self.join(&feed, first)
    let result18 = feed.committed()
    #expect(result18)
    feed.leave(first)
    #expect(!feed.admits(Self.place(9)))
    #expect(feed.admits(Self.place(10)))
  }

  // MARK: Telling

  @Test func `a change concerns its component, its project and all`() {
    var feed = ChangeFeed<Follower>()
    let scopes: [(String, ChangeScope)] = [
      ("all", .all), ("shop", .project("shop")), ("bank", .project("bank")),
      ("cart", .component("cart")), ("cart again", .component("cart")),
      ("bill", .component("bill")),
    ]
    let followers = scopes.map { Follower($0.0) }
    for (follower, (_, scope)) in zip(followers, scopes) { Self.join(&feed, follower, scope) }
    func names(_ projectId: String, _ componentId: String) -> [String] {
      feed.groups(concerning: Self.change(projectId, componentId))
        .flatMap { $0.followers.map(\.name) }.sorted()
    }
    #expect(names("shop", "cart") == ["all", "cart", "cart again", "shop"])
    #expect(names("bank", "bill") == ["all", "bank", "bill"])
    #expect(names("other", "other") == ["all"])
    feed.leave(followers[0])
    feed.leave(followers[3])
    feed.leave(followers[3])
    #expect(names("shop", "cart") == ["cart again", "shop"])
    #expect(feed.count == 4)
    let result19 = feed.leaveAll()
    #expect(result19.count == 4)
    #expect(feed.count == 0)
    #expect(names("shop", "cart").isEmpty)
  }

  @Test func `followers leave in any order`() {
    var generator = SystemRandomNumberGenerator()
    var feed = ChangeFeed<Follower>()
    var there: Set<String> = []
    var followers: [Follower] = []
    for number in 0..<200 {
      let follower = Follower("\(number)")
      Self.join(&feed, follower, number.isMultiple(of: 3) ? .all : .component("c"))
      followers.append(follower)
      there.insert(follower.name)
    }
    followers.shuffle(using: &generator)
    for follower in followers {
      feed.leave(follower)
      there.remove(follower.name)
      let left = feed.groups(concerning: Self.change("p", "c")).flatMap(\.followers)
      #expect(Set(left.map(\.name)) == there)
      #expect(left.allSatisfy { $0.group?.followers[$0.place] === $0 })
    }
  }
}
