import TestBasics
import Testing

@testable import TrackGit

@Suite(.timeLimit(.minutes(2))) struct HostSharesTests {
  private static let limits = HostShares.Limits(
    total: 12, perHost: 4, perStranger: 2, reserve: 3, waitingPerHost: 5)

  /// Enters `count` commands for one host. Returns how many run at once.
  private static func fill(
    _ shares: inout HostShares, _ host: String, from first: Int, _ count: Int, isKnown: Bool = true
  ) -> Int {
    (first..<first + count).count {
      shares.enter($0, host: host, isKnown: isKnown) == .run
    }
  }

  @Test func `a host that answers has so many places and not one more`() {
    var shares = HostShares(Self.limits)
    #expect(Self.fill(&shares, "a", from: 0, 4) == 4)
    #expect(shares.enter(4, host: "a", isKnown: true) == .wait)
    #expect(shares.leave(0, host: "a", isKnown: true) == [4])
    #expect(shares.running == 4 && shares.waiting == 0)
  }

  @Test func `a stranger has fewer, until it answers`() {
    var shares = HostShares(Self.limits)
    #expect(Self.fill(&shares, "a", from: 0, 3, isKnown: false) == 2)
    #expect(shares.leave(0, host: "a", isKnown: true) == [2])
    #expect(shares.enter(3, host: "a", isKnown: true) == .run)
    #expect(shares.enter(4, host: "a", isKnown: true) == .run)
    #expect(shares.enter(5, host: "a", isKnown: true) == .wait)
  }

  @Test func `what is known of a host is what was known last, whoever found it out`() {
    var shares = HostShares(Self.limits)
    #expect(Self.fill(&shares, "a", from: 0, 2, isKnown: false) == 2)
    #expect(shares.enter(2, host: "a", isKnown: true) == .run)
    #expect(shares.enter(3, host: "a", isKnown: false) == .wait)
  }

  @Test func `strangers leave the reserve to hosts that answer`() {
    var shares = HostShares(Self.limits)
    let ran = (0..<20).count {
      shares.enter($0, host: "silent \($0)", isKnown: false) == .run
    }
    #expect(ran == 9)
    // Each host gets one place, up to the last one.
    #expect(shares.enter(100, host: "a", isKnown: true) == .run)
    #expect(shares.enter(101, host: "a", isKnown: true) == .wait)
    #expect(shares.enter(102, host: "b", isKnown: true) == .run)
    #expect(shares.enter(103, host: "c", isKnown: true) == .run)
    #expect(shares.enter(104, host: "d", isKnown: true) == .wait)
    #expect(shares.running == 12)
  }

  @Test func `known hosts with all their places leave the reserve, too`() {
    var shares = HostShares(Self.limits)
    let ran = ["a", "b", "c"].enumerated().map {
      Self.fill(&shares, $1, from: $0 * 10, 4)
    }
    #expect(ran == [4, 4, 1])
    #expect(shares.running == 9)
  }

  @Test func `a free place goes to the hosts in turn, not to the longest queue`() {
    var shares = HostShares(
      HostShares.Limits(total: 1, perHost: 1, perStranger: 1, reserve: 0, waitingPerHost: 100))
    #expect(shares.enter(0, host: "x", isKnown: true) == .run)
    for ticket in 1...5 { #expect(shares.enter(ticket, host: "long", isKnown: true) == .wait) }
    for ticket in 6...7 { #expect(shares.enter(ticket, host: "short", isKnown: true) == .wait) }
    #expect(shares.enter(8, host: "one", isKnown: true) == .wait)
    let hosts = { (ticket: Int) in ticket <= 5 ? "long" : ticket <= 7 ? "short" : "one" }
    var order: [Int] = []
    var next = shares.leave(0, host: "x", isKnown: true)
    while let ticket = next.first {
      #expect(next.count == 1)
      order.append(ticket)
      next = shares.leave(ticket, host: hosts(ticket), isKnown: true)
    }
    #expect(order == [1, 6, 8, 2, 7, 3, 4, 5])
    #expect(shares.running == 0)
  }

  @Test func `a queue has an end`() {
    var shares = HostShares(Self.limits)
    _ = Self.fill(&shares, "a", from: 0, 4)
    for ticket in 4..<9 { #expect(shares.enter(ticket, host: "a", isKnown: true) == .wait) }
    #expect(shares.enter(9, host: "a", isKnown: true) == .full)
    #expect(shares.enter(10, host: "b", isKnown: true) == .run)
  }

  @Test func `who gives up does not get a place, and keeps nobody from one`() {
    var shares = HostShares(Self.limits)
    _ = Self.fill(&shares, "a", from: 0, 6)
    let left = [4, 4, 0].map { shares.giveUp($0, host: "a") }
    #expect(left == [true, false, false])
    #expect(shares.leave(0, host: "a", isKnown: true) == [5])
    #expect(shares.leave(1, host: "a", isKnown: true) == [])
  }

  @Test func `all who wait for a host can be sent away`() {
    var shares = HostShares(Self.limits)
    _ = Self.fill(&shares, "a", from: 0, 7)
    _ = Self.fill(&shares, "b", from: 10, 4)
    #expect(shares.dismiss(host: "a") == [4, 5, 6])
    #expect(shares.dismiss(host: "a") == [])
    #expect(shares.dismiss(host: "nobody") == [])
    #expect(shares.waiting == 0)
    #expect(shares.leave(0, host: "a", isKnown: true) == [])
  }

  @Test(arguments: 0..<20)
  func `whatever comes and goes, no limit is passed and nobody is forgotten`(_ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var shares = HostShares(Self.limits)
    var running: [Int: String] = [:]
    var waiting: [Int: String] = [:]
    let names = (0..<6).map { "host \($0)" }
    let known = { (name: String) in name > "host 2" }
    for ticket in 0..<2000 {
      let name = names.randomElement(using: &random) ?? ""
      switch Int.random(in: 0..<10, using: &random) {
      case 0..<5:
        switch shares.enter(ticket, host: name, isKnown: known(name)) {
        case .run: running[ticket] = name
        case .wait: waiting[ticket] = name
        case .full: #expect(waiting.values.count { $0 == name } == 5)
        }
      case 5:
        if let (ticket, name) = waiting.randomElement(using: &random) {
          let hasLeft = shares.giveUp(ticket, host: name)
          #expect(hasLeft)
          waiting[ticket] = nil
        }
      default:
        if let (ticket, name) = running.randomElement(using: &random) {
          running[ticket] = nil
          for next in shares.leave(ticket, host: name, isKnown: known(name)) {
            running[next] = waiting.removeValue(forKey: next)
          }
        }
      }
      #expect(shares.running == running.count && running.count <= 12)
      #expect(shares.waiting == waiting.count)
      for name in names {
        #expect(running.values.count { $0 == name } <= (known(name) ? 4 : 2))
      }
    }
    while let (ticket, name) = running.first {
      running[ticket] = nil
      for next in shares.leave(ticket, host: name, isKnown: known(name)) {
        running[next] = waiting.removeValue(forKey: next)
      }
    }
    #expect(waiting.isEmpty && shares.running == 0)
  }
}
