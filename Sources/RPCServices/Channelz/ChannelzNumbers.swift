/// The identifiers of channelz: see `ChannelzService`.
enum ChannelzNumbers {
  private static let socketBits = 40
  /// Set in the identifiers of listening sockets.
  private static let listeningBit: Int64 = 1 << 39

  /// A socket by its owner.
  enum Socket: Equatable {
    case connection(owner: Int, id: Int)
    case listening(owner: Int, index: Int)
  }

  static func number(_ socket: Socket) -> Int64 {
    switch socket {
    case .connection(let owner, let id):
      Int64(owner) << socketBits | (Int64(id) & (listeningBit - 1))
    case .listening(let owner, let index):
      Int64(owner) << socketBits | listeningBit | Int64(index)
    }
  }

  /// Nil for a number that no socket has.
  static func socket(_ number: Int64) -> Socket? {
    guard number > 0 else { return nil }
    let owner = Int(number >> socketBits)
    let own = Int(number & (listeningBit - 1))
    return number & listeningBit == 0
      ? .connection(owner: owner, id: own) : .listening(owner: owner, index: own)
  }
}

/// One page of a list of channelz.
struct ChannelzPage<Element> {
  /// The most elements of a page, and the number without a wish.
  static var most: Int { 1000 }
  static var usual: Int { 100 }

  let elements: [Element]
  /// Nothing comes after it.
  let isLast: Bool

  /// - Parameters:
  ///   - all: by ascending identifier.
  ///   - start: the lowest identifier that is wanted.
  ///   - wish: how many elements; 0 for the usual number.
  init(_ all: [Element], from start: Int64, wish: Int64, number: (Element) -> Int64) {
    let rest = all.drop { number($0) < start }
    let count = wish == 0 ? Self.usual : min(Self.most, Int(clamping: wish))
    elements = Array(rest.prefix(count))
    isLast = rest.count <= count
  }
}
