/// The addresses that share a prefix, such as `10.0.0.0/8`.
public struct AddressBlock: Sendable, Hashable {
  /// The first address.
  let base: IPAddress
  let prefixLength: Int

  /// Reads `10.0.0.0/8`, `fd00::/8`, or one address. Nil for anything else, and for an address with
  /// bits behind the prefix, which is a slip: `10.1.2.3/8`.
  public init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, let base = IPAddress(first) else { return nil }
    var length = base.bitWidth
    if parts.count == 2 {
      let digits = parts[1].utf8
      guard (1...3).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }),
        digits.count == 1 || digits.first != 0x30, let number = Int(parts[1]), number <= length
      else { return nil }
      length = number
    }
    guard base.masked(to: length) == base else { return nil }
    self.base = base
    self.prefixLength = length
  }

  public func contains(_ address: IPAddress) -> Bool {
    address.bitWidth == base.bitWidth && address.masked(to: prefixLength) == base
  }
}

extension AddressBlock: CustomStringConvertible {
  public var description: String {
    prefixLength == base.bitWidth ? "\(base)" : "\(base)/\(prefixLength)"
  }
}

extension IPAddress {
  /// With all bits behind the prefix cleared.
  fileprivate func masked(to length: Int) -> IPAddress {
    switch self {
    // A shift by the whole width gives 0.
    case .v4(let bits): .v4(bits & UInt32.max << (32 - length))
    case .v6(let high, let low):
      .v6(
        high: high & UInt64.max << max(0, 64 - length),
        low: low & UInt64.max << min(64, 128 - length))
    }
  }
}
