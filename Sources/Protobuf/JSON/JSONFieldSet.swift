/// The fields and oneofs of one JSON object that were read so far.
public struct JSONFieldSet {
  private var low: UInt64 = 0
  private var rest: Set<Int32> = []
  private var oneofs: Set<Int32> = []

  public init() {}

  /// False if the field was in the set before.
  mutating func insert(_ number: Int32) -> Bool {
    guard (0..<64).contains(number) else { return rest.insert(number).inserted }
    let bit = UInt64(1) << UInt64(number)
    defer { low |= bit }
    return low & bit == 0
  }

  /// False if a member of the oneof was in the set before.
  mutating func insert(oneof: Int32) -> Bool { oneofs.insert(oneof).inserted }
}
