import Testing

@testable import TrackDomain

@Suite(.timeLimit(.minutes(2))) struct IPAddressTests {
  @Test(arguments: [
    ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"), ("10.0.0.1", "10.0.0.1"),
    ("::", "::"), ("::1", "::1"), ("1::", "1::"), ("FD00::0001", "fd00::1"),
    ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
    ("1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8"), ("::ffff:192.0.2.1", "::ffff:c000:201"),
    ("64:ff9b::10.0.0.1", "64:ff9b::a00:1"), ("1:2:3:4:5:6:127.0.0.1", "1:2:3:4:5:6:7f00:1"),
    ("0:0:0:0:0:0:0:0", "::"), ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
  ])
  func `addresses are read and written`(_ text: String, _ written: String) throws {
    let address = try #require(IPAddress(text))
    #expect("\(address)" == written)
    #expect(IPAddress(written) == address)
  }

  @Test(arguments: [
    "", "1", "127.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.4 ", " 1.2.3.4", "1.2.3.256",
    "1.2.3.-4", "0x1.2.3.4", "1..2.3", "1.2.3.4/8", "٣.1.1.1", ":", ":::", "1:2", "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9", "1::2::3", "::1::", "12345::", "g::", "fe80::1%eth0", "[::1]", "1:",
    ":1", ":1:2:3:4:5:6:7", "1:2:3:4:5:6:7:", "::1.2.3", "1.2.3.4::", "1:2:3:4:5:6:7:1.2.3.4",
    "::1:2:3:4:5:6:7:8", "1:2:3:4::5:6:7:8", "::1.2.3.4:1", "+1::", "1.2.3.4:",
  ])
  func `anything else is no address`(_ text: String) {
    #expect(IPAddress(text) == nil)
  }

  @Test(arguments: [
    ("10.0.0.0/8", "10.255.255.255", true), ("10.0.0.0/8", "11.0.0.0", false),
    ("10.0.0.0/8", "::ffff:10.0.0.1", false), ("192.0.2.1", "192.0.2.1", true),
    ("192.0.2.1", "192.0.2.2", false), ("192.0.2.1/32", "192.0.2.1", true),
    ("0.0.0.0/0", "8.8.8.8", true), ("0.0.0.0/0", "::1", false), ("::/0", "ff::", true),
    ("fd00::/8", "fdff:1::2", true), ("fd00::/8", "fc00::1", false),
    ("2001:db8:0:1::/64", "2001:db8:0:1:ffff::", true),
    ("2001:db8:0:1::/64", "2001:db8:0:2::", false),
    ("2001:db8::8000:0:0:0/65", "2001:db8::8000:0:0:1", true),
    ("2001:db8::8000:0:0:0/65", "2001:db8::7000:0:0:1", false), ("::1/128", "::1", true),
  ])
  func `a block holds the addresses with its prefix`(
    _ block: String, _ address: String, _ isInside: Bool
  ) throws {
    let block = try #require(AddressBlock(block))
    #expect(block.contains(try #require(IPAddress(address))) == isInside)
    #expect(AddressBlock("\(block)") == block)
  }

  @Test(arguments: [
    "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.0/08", "10.0.0.0/-1",
    "10.0.0.0/+8", "10/8", "10.0.0.0/8/8", "::/129", "fd00::1/8", "host/8", "10.0.0.0/8 ",
    "10.0.0.0/255.0.0.0",
  ])
  func `anything else is no block`(_ text: String) {
    #expect(AddressBlock(text) == nil)
  }
}
