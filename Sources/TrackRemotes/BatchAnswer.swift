import RPC
import TrackDomain

/// The results of a batch, matched with its items.
struct BatchAnswer<Value: Sendable> {
  /// By the id of the item.
  private(set) var results: [String: Result<Value, IntegrationError>] = [:]

  /// - Parameters:
  ///   - service: the name of the service, for errors.
  ///   - ids: the requested items. Results with other ids are ignored.
  ///   - value: the result of an item.
  init<Item>(
    _ service: String, ids: [String], _ items: [Item], id: (Item) -> String,
    value: (Item) -> Result<Value, IntegrationError>
  ) {
    let asked = Set(ids)
    for item in items {
      let key = id(item)
      guard asked.contains(key) else { continue }
      let former = results.updateValue(value(item), forKey: key)
      if former != nil {
        results[key] = .failure(.senseless(service, "two results for one item"))
      }
    }
    for id in asked where results[id] == nil {
      results[id] = .failure(.senseless(service, "a result is missing"))
    }
  }

  /// The whole batch has failed.
  init(ids: [String], failed error: IntegrationError) {
    for id in ids { results[id] = .failure(error) }
  }
}

extension BatchAnswer {
  /// The results of two parts of a batch.
  private init(_ one: BatchAnswer, _ other: BatchAnswer) {
    results = one.results.merging(other.results) { first, _ in first }
  }

  /// Makes one call for several items. A call that the service refuses as a whole is halved until
  /// the refused items stand alone: no item fails because of another one.
  static func ask<Item: Sendable>(
    _ items: [Item], id: (Item) -> String,
    _ call: ([Item]) async throws(IntegrationError) -> BatchAnswer
  ) async -> BatchAnswer {
    let error: IntegrationError
    do throws(IntegrationError) {
      return try await call(items)
    } catch let failure {
      error = failure
    }
    guard items.count > 1, error.isAboutRequest else {
      return BatchAnswer(ids: items.map(id), failed: error)
    }
    let middle = items.count / 2
    let first = await ask(Array(items[..<middle]), id: id, call)
    return BatchAnswer(first, await ask(Array(items[middle...]), id: id, call))
  }
}

extension IntegrationError {
  /// Whether the service has examined the request and refuses it.
  fileprivate var isAboutRequest: Bool {
    switch kind {
    case .invalid, .refused, .notFound, .notACommit: true
    case .unavailable, .accessDenied, .locked, .damaged, .cancelled: false
    }
  }

  /// A service's error for one item. A status that is no error breaks the contract.
  init(item status: Status, of service: String) {
    guard let code = UInt8(exactly: status.code).flatMap(StatusCode.init(rawValue:)), code != .ok
    else {
      self = .senseless(service, "an error without a code of an error")
      return
    }
    self.init(status: RPCError(code, status.message), of: service)
  }
}

extension Array {
  /// Pieces of at most `size` elements, in order.
  func pieces(of size: Int) -> [ArraySlice<Element>] {
    stride(from: 0, to: count, by: size).map { self[$0..<Swift.min(count, $0 + size)] }
  }

  /// Pieces of at most `size` elements and `maxBytes` bytes, in order; a larger element has a piece
  /// of its own.
  func pieces(of size: Int, maxBytes: Int, bytes: (Element) -> Int) -> [[Element]] {
    var pieces: [[Element]] = []
    var room = 0
    for element in self {
      let length = bytes(element)
      if let last = pieces.last, last.count < size, length <= room {
        pieces[pieces.count - 1].append(element)
      } else {
        pieces.append([element])
        room = maxBytes
      }
      room -= length
    }
    return pieces
  }
}
