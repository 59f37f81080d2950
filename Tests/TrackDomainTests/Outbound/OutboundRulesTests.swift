import Testing

@testable import TrackDomain

@Suite(.timeLimit(.minutes(2))) struct OutboundRulesTests {
  @Test(arguments: [
    ("8.8.8.8", AddressClass.global), ("1.1.1.1", .global), ("100.63.255.255", .global),
    ("100.128.0.0", .global), ("172.15.255.255", .global), ("172.32.0.0", .global),
    ("192.167.255.255", .global), ("223.255.255.255", .global), ("169.253.255.255", .global),
    ("128.0.0.1", .global), ("126.255.255.255", .global),
    ("10.0.0.0", .privateNetwork), ("10.255.255.255", .privateNetwork),
    ("172.16.0.1", .privateNetwork), ("172.31.255.255", .privateNetwork),
    ("192.168.0.1", .privateNetwork), ("100.64.0.1", .privateNetwork),
    ("100.127.255.255", .privateNetwork), ("198.18.0.1", .privateNetwork),
    ("203.0.113.9", .privateNetwork),
    ("127.0.0.1", .loopback), ("127.255.255.254", .loopback),
    ("0.0.0.0", .never), ("0.1.2.3", .never), ("169.254.169.254", .never),
    ("169.254.0.1", .never), ("192.0.0.192", .never), ("100.100.100.200", .never),
    ("168.63.129.16", .never), ("224.0.0.1", .never), ("239.255.255.255", .never),
    ("240.0.0.1", .never), ("255.255.255.255", .never),
    ("2a00:1450::1", .global), ("2606:4700::1111", .global), ("3ffe::1", .global),
    ("fc00::1", .privateNetwork), ("fd12:3456::1", .privateNetwork),
    ("fec0::1", .privateNetwork), ("2001:db8::1", .privateNetwork),
    ("64:ff9b:1::1", .privateNetwork),
    ("::1", .loopback),
    ("::", .never), ("::2", .never), ("::7f00:1", .never), ("::127.0.0.1", .never),
    ("fe80::1", .never), ("febf::1", .never), ("ff02::1", .never), ("ff0e::1", .never),
    ("fd00:ec2::254", .never), ("fd20:ce::254", .never), ("100::1", .never),
    ("2001::1", .never), ("2001:0:4136:e378:8000:63bf:3fff:fdd2", .never),
    ("2002:7f00:1::1", .never), ("2002:808:808::1", .never), ("4000::1", .never),
    // IPv4 addresses in IPv6 ones.
    ("::ffff:127.0.0.1", .loopback), ("::ffff:169.254.169.254", .never),
    ("::ffff:10.0.0.1", .privateNetwork), ("::ffff:8.8.8.8", .global),
    ("::ffff:0.0.0.0", .never), ("64:ff9b::7f00:1", .loopback),
    ("64:ff9b::a9fe:a9fe", .never), ("64:ff9b::10.0.0.1", .privateNetwork),
    ("64:ff9b::8.8.8.8", .global),
  ])
  func `every address has a class`(_ text: String, _ expected: AddressClass) throws {
    #expect(try #require(IPAddress(text)).addressClass == expected)
  }

  @Test func `every line of the table is read`() {
    #expect(IPAddress.special.count == IPAddress.table.count)
    for (block, line) in zip(IPAddress.special, IPAddress.table) {
      #expect("\(block.block)" == line.block)
    }
  }

  private func rules(_ allowed: String...) throws -> OutboundRules {
    OutboundRules(allowed: try allowed.map { try AllowedHost($0) })
  }

  private func refusal(
    _ rules: OutboundRules, _ host: String, _ address: String
  ) throws -> OutboundRules.Refusal? {
    rules.refusal(of: host, at: try #require(IPAddress(address)))
  }

  @Test func `without a word of the operator's only the internet is there`() throws {
    let rules = OutboundRules()
    #expect(try refusal(rules, "git.example", "8.8.8.8") == nil)
    #expect(try refusal(rules, "git.example", "10.0.0.1") == .privateNetwork)
    #expect(try refusal(rules, "git.example", "127.0.0.1") == .loopback)
    #expect(try refusal(rules, "git.example", "169.254.169.254") == .never)
  }

  @Test(arguments: [
    // A name is allowed on private networks, and nowhere else.
    ("git.corp", "git.corp", "10.0.0.1", true), ("git.corp", "git.corp", "fd00::1", true),
    ("Git.Corp", "git.corp", "10.0.0.1", true), ("git.corp", "x.git.corp", "10.0.0.1", false),
    ("git.corp", "other.corp", "10.0.0.1", false), ("git.corp", "git.corp", "127.0.0.1", false),
    ("git.corp", "git.corp", "169.254.169.254", false), ("git.corp", "git.corp", "::1", false),
    ("git.corp", "git.corp", "::ffff:127.0.0.1", false),
    ("git.corp", "other.example", "8.8.8.8", true),
    ("*.corp", "git.corp", "10.0.0.1", true), ("*.corp", "a.git.corp", "10.0.0.1", true),
    ("*.corp", "corp", "10.0.0.1", false), ("*.corp", "gitcorp", "10.0.0.1", false),
    ("*.corp", "git.corp", "127.0.0.1", false), ("*.corp", "git.corp.evil", "10.0.0.1", false),
    // A block allows any host there.
    ("10.0.0.0/8", "any.example", "10.1.2.3", true), ("10.0.0.0/8", "10.1.2.3", "10.1.2.3", true),
    ("10.0.0.0/8", "any.example", "192.168.0.1", false),
    ("10.0.0.0/8", "any.example", "::ffff:10.1.2.3", true),
    ("10.0.0.0/8", "any.example", "64:ff9b::10.1.2.3", true),
    ("fd00::/8", "any.example", "fd12::1", true),
    ("fd00::/8", "any.example", "fd00:ec2::254", false),
    ("100.64.0.0/10", "any.example", "100.100.100.200", false),
    ("128.0.0.0/1", "any.example", "169.254.169.254", false),
    ("128.0.0.0/1", "any.example", "192.168.0.1", true),
    ("fd12::1", "any.example", "fd12::1", true), ("fd12::1", "any.example", "fd12::2", false),
    // This machine is allowed by its own name or addresses only.
    ("127.0.0.1", "any.example", "127.0.0.1", true),
    ("127.0.0.1", "any.example", "127.0.0.2", false), ("127.0.0.1", "localhost", "::1", false),
    ("127.0.0.0/8", "localhost", "127.0.0.2", true), ("::1", "localhost", "::1", true),
    ("126.0.0.0/7", "any.example", "127.0.0.1", false),
    ("localhost", "localhost", "127.0.0.1", true), ("localhost", "localhost", "::1", true),
    ("localhost", "localhost", "10.0.0.1", true), ("localhost", "git.corp", "127.0.0.1", false),
    ("*.localhost", "git.localhost", "127.0.0.1", false),
  ])
  func `an operator allows names and blocks`(
    _ allowed: String, _ host: String, _ address: String, _ isAllowed: Bool
  ) throws {
    #expect(try (refusal(rules(allowed), host, address) == nil) == isAllowed)
    #expect(try (refusal(rules("z.example", allowed), host, address) == nil) == isAllowed)
  }

  @Test(arguments: [
    ("169.254.169.254", AllowedHost.Fault.neverAllowed), ("169.254.0.0/16", .neverAllowed),
    ("0.0.0.0/0", .neverAllowed), ("::/0", .neverAllowed), ("fe80::/10", .neverAllowed),
    ("224.0.0.0/4", .neverAllowed), ("fd00:ec2::254", .neverAllowed),
    ("2002::/16", .neverAllowed), ("::ffff:169.254.0.1", .neverAllowed),
    ("", .malformed), ("*", .malformed), ("*.", .malformed), ("a b", .malformed),
    ("https://git.corp", .malformed), ("git.corp:443", .malformed), ("git.corp/x", .malformed),
    ("a.*.corp", .malformed), ("**.corp", .malformed), ("127.1", .malformed),
    ("10.0.0.1/8", .malformed), ("git.corp.", .malformed), ("ada@git.corp", .malformed),
    ("-x", .malformed), ("[::1]", .malformed),
  ])
  func `a value that allows nothing is refused`(_ text: String, _ fault: AllowedHost.Fault) {
    #expect(throws: fault) { try AllowedHost(text) }
  }

  @Test func `hosts of older data are kept until the operator speaks`() throws {
    let rules = OutboundRules(kept: ["git.corp", "localhost", "10.0.0.9"])
    #expect(try refusal(rules, "git.corp", "10.0.0.1") == nil)
    #expect(try refusal(rules, "git.corp", "127.0.0.1") == .loopback)
    #expect(try refusal(rules, "localhost", "127.0.0.1") == nil)
    #expect(try refusal(rules, "git.corp", "169.254.169.254") == .never)
    #expect(try refusal(rules, "other.corp", "10.0.0.1") == .privateNetwork)
    #expect(rules.refusal(of: "localhost") == nil && rules.refusal(of: "10.0.0.9") == nil)
    #expect(rules.refusal(of: "10.0.0.8") == .privateNetwork)
    let told = OutboundRules(
      allowed: [try AllowedHost("other.corp")], kept: ["git.corp", "localhost"])
    #expect(try refusal(told, "git.corp", "10.0.0.1") == .privateNetwork)
    #expect(try refusal(told, "other.corp", "10.0.0.1") == nil)
    #expect(told.refusal(of: "localhost") == .loopback)
  }

  @Test(arguments: [
    ("git.example", nil), ("8.8.8.8", nil), ("10.0.0.1", OutboundRules.Refusal.privateNetwork),
    ("::1", .loopback), ("::ffff:7f00:1", .loopback), ("169.254.169.254", .never),
    ("localhost", .loopback), ("a.localhost", .loopback), ("notlocalhost", nil),
  ])
  func `some names tell by themselves`(_ host: String, _ refusal: OutboundRules.Refusal?) {
    #expect(OutboundRules().refusal(of: host) == refusal)
  }

  @Test func `a name of this machine is told by either address`() throws {
    #expect(try rules("127.0.0.1").refusal(of: "localhost") == nil)
    #expect(try rules("::1").refusal(of: "localhost") == nil)
    #expect(try rules("127.0.0.2").refusal(of: "localhost") == .loopback)
  }
}
