@testable import TrackDomain

extension FuzzTarget {
  /// URLs of repositories, addresses, blocks of them, and the values of `--git-allow-host`.
  static let outbound = FuzzTarget(name: "outbound", maxLength: 200) { bytes in
    var input = FuzzInput(bytes)
    let text = String(decoding: input.run(), as: UTF8.self)
    let other = String(decoding: input.remainder(), as: UTF8.self)
    if let address = IPAddress(text) {
      check(IPAddress("\(address)") == address, "an address is what it is written as")
      check(address.embedded?.embedded == nil, "what is in it is an address of its own")
    }
    if let block = AddressBlock(text) {
      check(AddressBlock("\(block)") == block, "a block is what it is written as")
      check(block.contains(block.base), "a block holds its first address")
    }
    let allowed = try? AllowedHost(text)
    if let allowed { check((try? AllowedHost("\(allowed)")) == allowed, "a value comes back") }
    Self.reach(other, OutboundRules(allowed: allowed.map { [$0] } ?? []))
    Self.reach(text, OutboundRules())
  }

  /// A URL that is taken names one server, and no address that git or curl would see otherwise.
  private static func reach(_ text: String, _ rules: OutboundRules) {
    guard let url = try? RepositoryURL(text, allowsFiles: false) else { return }
    guard let server = url.server else { return check(false, "a URL without a file has a server") }
    check(url.text == text && url.localPath == nil, "git gets the text as it is")
    check((1...65535).contains(server.port), "a port is one")
    check(
      !text.hasPrefix("-") && !server.host.hasPrefix("-") && !server.host.hasSuffix("."),
      "it is no option, and curl finds the name as it is")
    check(
      text.lowercased().contains(server.host) || server.host.contains(":"), "the host is in it")
    let label = server.host.split(separator: ".").last ?? ""
    let isNumber = label.utf8.allSatisfy { (0x30...0x39).contains($0) }
    if let address = IPAddress(server.host) {
      check("\(address)" == server.host, "an address has one spelling")
      if address.addressClass == .never {
        check(rules.refusal(of: server.host) == .never, "nothing allows it")
      }
      if address.addressClass == .global {
        check(rules.refusal(of: server.host) == nil, "the internet is there")
      }
    } else {
      check(!isNumber && !server.host.contains(":"), "a name is no address")
    }
  }
}
