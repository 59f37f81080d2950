/// Sizes as people write them in flags: a whole number and a unit.
enum SizeText {
  /// For help and errors.
  static let help = "a number and KiB, MiB or GiB, such as 512MiB or 2GiB, from 1MiB to 1024GiB"

  private static let units: [(name: String, bytes: Int64)] = [
    ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30),
  ]

  /// In bytes. Nil for anything but 1 MiB to 1 TiB.
  static func parse(_ text: String) -> Int64? {
    guard let unit = units.first(where: { text.hasSuffix($0.name) }) else { return nil }
    let digits = text.dropLast(unit.name.count)
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let number = Int64(digits)
    else { return nil }
    let (bytes, overflows) = number.multipliedReportingOverflow(by: unit.bytes)
    guard !overflows, (1 << 20...1 << 40).contains(bytes) else { return nil }
    return bytes
  }
}
