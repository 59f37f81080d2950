import TrackDomain

/// Reads and writes a store whose places in the log are words, as no other store has them.
final class LetteredTransaction: ForwardingTransaction {
  override func changes(after place: LogPlace, limit: Int) throws(StoreError) -> [LoggedChange]? {
    guard let bytes = Self.bytes(of: place.bytes) else {
      throw StoreError(.failed, "the place \(place.bytes) is not of this store")
    }
    return try super.changes(after: LogPlace(bytes), limit: limit)?.map {
      LoggedChange(place: Self.word(for: $0.place), change: $0.change)
    }
  }

  override func organizations(of changes: [LoggedChange]) throws(StoreError) -> [String?] {
    var own: [LoggedChange] = []
    for logged in changes {
      guard let bytes = Self.bytes(of: logged.place.bytes) else {
        throw StoreError(.failed, "the place \(logged.place.bytes) is not of this store")
      }
      own.append(LoggedChange(place: LogPlace(bytes), change: logged.change))
    }
    return try super.organizations(of: own)
  }

  override func states(
    in scope: ChangeScope, after: (componentId: String, trackId: String)?, limit: Int
  ) throws(StoreError) -> TrackStates {
    var states = try super.states(in: scope, after: after, limit: limit)
    states.position = Self.word(for: states.position)
    return states
  }

  override func resumption(at bytes: [UInt8]) throws(StoreError) -> Resumption {
    guard let bytes = Self.bytes(of: bytes) else { return .invalid }
    let found = try super.resumption(at: bytes)
    return if case .behind(let place) = found { .behind(Self.word(for: place)) } else { found }
  }

  // MARK: Words

  private static let beginning = Array("place-".utf8)
  private static let letters = Array("abcdefghijklmnop".utf8)

  /// The word for a place of the store below: two letters for each of its bytes.
  private static func word(for place: LogPlace) -> LogPlace {
    if place == .start { return .start }
    return LogPlace(
      beginning + place.bytes.flatMap { [letters[Int($0 >> 4)], letters[Int($0 & 15)]] })
  }

  /// The bytes of the place below; nil for what is no such word.
  private static func bytes(of word: [UInt8]) -> [UInt8]? {
    if word.isEmpty { return [] }
    guard word.starts(with: beginning) else { return nil }
    let digits = word.dropFirst(beginning.count).map { letters.firstIndex(of: $0) }
    guard digits.count > 0, digits.count.isMultiple(of: 2) else { return nil }
    var bytes: [UInt8] = []
    for place in stride(from: 0, to: digits.count, by: 2) {
      guard let high = digits[place], let low = digits[place + 1] else { return nil }
      bytes.append(UInt8(high << 4 | low))
    }
    return bytes
  }
}

/// A state of such a store.
struct LetteredSnapshot: StoreSnapshot {
  let snapshot: any StoreSnapshot

  func read<Value: Sendable>(
    _ body: @escaping @Sendable (any StoreReader) throws -> Value
  ) async throws -> Value {
    try await snapshot.read { try body(LetteredTransaction($0)) }
  }
}
