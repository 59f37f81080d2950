import TrackDomain
import TrackStoreSQL

/// What several closures read in one transaction: each of them is run until it asks for something that is not
/// there, all of that is read at once, and they are run again. So there are as many round trips as the
/// closure with the longest chain of reads has, however many closures there are.
///
/// Belongs to the thread of the connection that reads.
final class GroupReads {
  /// A statement and its values.
  struct Key: Hashable {
    let slot: Int
    let values: [StoredValue]
  }

  /// A statement that was asked for.
  private struct Request {
    let query: Query
    let key: Key
    let box = RowBox()
  }

  /// In the order of asking.
  @safe @exclusivity(unchecked) private var requests: [Request] = []
  @safe @exclusivity(unchecked) private var places: [Key: Int] = [:]
  /// How many of the requests were sent, and of how many the rows are there.
  @safe @exclusivity(unchecked) private var sent = 0
  @safe @exclusivity(unchecked) private var taken = 0

  /// The place of a request among all that were made.
  ///
  /// - Parameter guess: where it may be, which is looked at first.
  func place(of query: Query, _ values: [StoredValue], guess: Int?) -> Int {
    let key = Key(slot: query.slot, values: values)
    if let guess, requests[guess].key == key { return guess }
    if let place = places[key] { return place }
    places[key] = requests.count
    requests.append(Request(query: query, key: key))
    return requests.count - 1
  }

  /// The rows of a request; nil: they are there after the next fetch.
  func rows(_ place: Int) -> ResultRows? { place < taken ? requests[place].box.rows : nil }

  /// The rows of a statement, which is a request if it is none yet; nil: they are there after the next
  /// fetch.
  func rows(_ query: Query, _ values: [StoredValue]) -> ResultRows? {
    rows(place(of: query, values, guess: nil))
  }

  /// Sends what was asked for; `take` is called when somebody has waited for it.
  func send(by connection: PostgreSQLConnection) throws(StoreError) {
    while sent < requests.count {
      let request = requests[sent]
      let statement = connection.statement(request.query)
      statement.bind(request.key.values)
      try statement.collect(into: request.box)
      sent += 1
    }
  }

  /// Takes the rows that have come.
  func take() throws(StoreError) {
    while taken < sent {
      guard requests[taken].box.rows != nil else {
        throw StoreError(.failed, "a statement gave no answer")
      }
      taken += 1
    }
  }

  /// Sends what was asked for, and waits for it.
  func fetch(by connection: PostgreSQLConnection) throws(StoreError) {
    try send(by: connection)
    try connection.wait()
    try take()
  }
}
