import RPC
import TrackDomain

/// The results of a batch, matched with what was asked for.
struct BatchAnswer<Value: Sendable> {
  /// By the id of the item.
  private(set) var results: [String: Result<Value, IntegrationError>] = [:]

  /// - Parameters:
  ///   - service: whom the errors are about.
  ///   - ids: what was asked for. Results of other ids are nobody's.
  ///   - value: what an item says; throws what is wrong with it.
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

  /// The batch as a whole has failed.
  init(ids: [String], failed error: IntegrationError) {
    for id in ids { results[id] = .failure(error) }
  }
}

extension IntegrationError {
  /// What a service says of one item. Nothing but an error makes sense there.
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
  /// In pieces of at most `size`, in order.
  func pieces(of size: Int) -> [ArraySlice<Element>] {
    stride(from: 0, to: count, by: size).map { self[$0..<Swift.min(count, $0 + size)] }
  }
}
