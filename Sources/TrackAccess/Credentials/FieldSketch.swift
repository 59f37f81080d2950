/// 128 bits that stand for a field: of a hash with keys of this process (SipHash), so that nobody
/// else can find a field with the sketch of another one, or learn from the time of a look-up how far
/// a guess is right. It tells nothing of the field, and costs a fifth of a cryptographic digest.
struct FieldSketch: Hashable {
  private let first: Int
  private let second: Int

  init(of field: ArraySlice<UInt8>) {
    first = Self.hash(field, 1)
    second = Self.hash(field, 2)
  }

  private static func hash(_ field: ArraySlice<UInt8>, _ number: UInt8) -> Int {
    var hasher = Hasher()
    hasher.combine(number)
    unsafe field.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
    return hasher.finalize()
  }

  func hash(into hasher: inout Hasher) { hasher.combine(first) }
}
