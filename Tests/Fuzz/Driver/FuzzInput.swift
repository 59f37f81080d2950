/// Takes decisions from an input, byte by byte; behind its end all are 0.
struct FuzzInput {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: [UInt8]) { rest = bytes[...] }

  var isEmpty: Bool { rest.isEmpty }

  mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

  mutating func bool() -> Bool { byte() & 1 == 1 }

  /// One of `count` numbers from 0.
  mutating func choice(_ count: Int) -> Int {
    if count <= 256 { return Int(byte()) % count }
    return (Int(byte()) << 16 | Int(byte()) << 8 | Int(byte())) % count
  }

  mutating func pick<Element>(_ elements: [Element]) -> Element { elements[choice(elements.count)] }

  mutating func word() -> UInt32 { (0..<4).reduce(0) { word, _ in word << 8 | UInt32(byte()) } }

  /// Up to `count` bytes.
  mutating func bytes(_ count: Int) -> [UInt8] {
    let taken = Array(rest.prefix(count))
    rest = rest.dropFirst(count)
    return taken
  }

  /// Bytes behind their length, which is one byte.
  mutating func run() -> [UInt8] { bytes(Int(byte())) }

  /// All that is left.
  mutating func remainder() -> [UInt8] { bytes(rest.count) }
}
