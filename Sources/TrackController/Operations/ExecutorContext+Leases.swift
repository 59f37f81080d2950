import TrackDomain

/// Work that an executor does under a lease.
protocol LeasedWork: Sendable {
  /// The operation as it was leased.
  var operation: Operation { get }
}

extension Operation: LeasedWork {
  var operation: Operation { self }
}

/// Leased work in a transaction that has checked its lease.
struct FencedWork<Work: LeasedWork>: Sendable {
  let work: Work
  /// The operation as it is now.
  var operation: Operation
  let component: ComponentContext
}

/// The lease of an operation is over: the executor writes nothing more about it.
struct LeaseLost: Error {
  let operationId: String
}

// MARK: The fence

/// Everything that an executor writes about leased operations goes through `fenced` and
/// `fencedEach`, which check the leases in the same transaction. Only a publication, which one lost
/// lease stops as a whole, checks each `Claim` itself.
extension ExecutorContext {
  /// Whether an operation still has the lease with which it was claimed.
  enum Claim {
    case held(Operation)
    /// Another executor may work on it.
    case lost
    /// The operation is over.
    case gone

    init(_ claimed: Operation, _ reader: any StoreReader) throws(StoreError) {
      guard let now = try reader.operation(id: claimed.id) else {
        self = .gone
        return
      }
      self = now.isHeld(as: claimed) ? .held(now) : .lost
    }
  }

  /// The result of a fenced write.
  struct Fenced<Work: LeasedWork, Value: Sendable>: Sendable {
    /// The values that the transactions returned.
    var values: [Value] = []
    /// The operations that are over, or whose lease is: nothing was written about them.
    var lost: Set<String> = []
    /// The work that the store refuses.
    var refused: [(item: Work, error: StoreError)] = []
  }

  /// Writes about several leased operations in one transaction, or one by one if the store refuses
  /// a row (`oneByOne`). `body` gets the work whose lease still holds; the rest is reported.
  ///
  /// Throws what `persist` throws, except for rows that the store refuses.
  func fencedEach<Work: LeasedWork, Value: Sendable>(
    _ works: [Work],
    _ body: @escaping @Sendable (any StoreTransaction, [FencedWork<Work>]) throws -> Value
  ) async throws -> Fenced<Work, Value> {
    collected(
      try await oneByOne(works) { some in
        try await persist(scope(of: some)) { try Fence(some, $0).pass($0, body) }
      })
  }

  /// As `fencedEach`, but fails at once when the store takes no writes.
  func fencedEachAtOnce<Work: LeasedWork, Value: Sendable>(
    _ works: [Work],
    _ body: @escaping @Sendable (any StoreTransaction, [FencedWork<Work>]) throws -> Value
  ) async throws -> Fenced<Work, Value> {
    collected(
      try await oneByOne(works) { some in
        try await store.write(scope(of: some)) { try Fence(some, $0).pass($0, body) }
      })
  }

  /// Writes about a leased operation; `body` gets it as it is now.
  ///
  /// Throws `LeaseLost`, without a write, when the lease is over; otherwise what `persist` throws.
  func fenced<Value: Sendable>(
    _ operation: Operation,
    _ body: @escaping @Sendable (any StoreTransaction, FencedWork<Operation>) throws -> Value
  ) async throws -> Value {
    let passed = try await persist(scope(of: [operation])) { transaction in
      try Fence([operation], transaction).pass(transaction) { try body($0, $1[0]) }
    }
    report(passed.lost)
    guard let value = passed.value else { throw LeaseLost(operationId: operation.id) }
    return value
  }

  /// Outcomes may also write the branch of a deployment's environment, a row of the catalog.
  private func scope(of works: [some LeasedWork]) -> WriteScope {
    .components(works.map(\.operation.componentId)).andCatalog
  }

  private func collected<Work, Value>(
    _ written: (values: [Passed<Value>], refused: [(item: Work, error: StoreError)])
  ) -> Fenced<Work, Value> {
    var result = Fenced<Work, Value>(refused: written.refused)
    for passed in written.values {
      if let value = passed.value { result.values.append(value) }
      result.lost.formUnion(passed.lost + passed.gone)
      report(passed.lost)
    }
    return result
  }

  private func report(_ lost: [String]) {
    for id in lost { report(.leaseLost(operationId: id)) }
  }
}

/// The result of a transaction behind a fence.
private struct Passed<Value: Sendable>: Sendable {
  /// Nil when no lease held.
  var value: Value?
  var lost: [String]
  var gone: [String]
}

/// Checks, within a transaction, which leases still hold.
private struct Fence<Work: LeasedWork> {
  private var works: [FencedWork<Work>] = []
  private var lost: [String] = []
  private var gone: [String] = []

  init(_ works: [Work], _ transaction: any StoreTransaction) throws {
    for id in works.map(\.operation.id) {
      transaction.foresee { () throws(StoreError) in _ = try transaction.operation(id: id) }
    }
    let components = try ExecutorContext.components(
      works.map(\.operation.componentId), transaction)
    for work in works {
      let id = work.operation.id
      switch try ExecutorContext.Claim(work.operation, transaction) {
      case .held(let operation):
        guard let component = components[operation.componentId] else {
          gone.append(id)
          continue
        }
        self.works.append(FencedWork(work: work, operation: operation, component: component))
      case .lost: lost.append(id)
      case .gone: gone.append(id)
      }
    }
  }

  func pass<Value: Sendable>(
    _ transaction: any StoreTransaction,
    _ body: (any StoreTransaction, [FencedWork<Work>]) throws -> Value
  ) throws -> Passed<Value> {
    Passed(value: works.isEmpty ? nil : try body(transaction, works), lost: lost, gone: gone)
  }
}

// MARK: Taking and giving leases

extension ExecutorContext {
  /// Ends the leases that `selection` names: at the start those of earlier processes, if this one
  /// has the store for itself.
  func endLeases(_ selection: LeaseSelection) async throws {
    try await persist(.nothing) { try $0.endLeases(selection) }
  }

  /// Ends the leases of other executors that have expired, so that their operations can be leased
  /// again.
  ///
  /// - Returns: when the next lease expires; nil when there is none, or leases were ended now.
  func endExpiredLeases() async throws -> Timestamp? {
    if store.isExclusive { return nil }
    let owner = owner
    let (time, expiry) = try await store.read {
      (try $0.storeTime(), try $0.nextExpiry(besides: owner))
    }
    guard let expiry else { return nil }
    if expiry > time { return now().after(microseconds: expiry.microseconds - time.microseconds) }
    try await store.write(.nothing) {
      try $0.endLeases(.expired(at: $0.storeTime(), besides: owner))
    }
    return nil
  }

  /// Renews the leases of this executor while it has work, and those of the lanes that it works in.
  func keepLeases() async {
    let (owner, length) = (owner, options.leaseLength)
    while (try? await Task.sleep(for: options.leaseLength / 3)) != nil {
      guard await lanes.isWorking else { continue }
      let names = await lanes.inUse
      do {
        try await store.write(.nothing) {
          let expiry = try $0.storeTime().after(length)
          try $0.renewLeases(of: owner, until: expiry)
          for lane in names { try $0.renewLaneLease(of: lane, owner: owner, until: expiry) }
        }
      } catch {
        failed(error) { .storeUnavailable($0) }
      }
    }
  }

  /// Ends the leases of operations, which become due again after `pause`. If the store takes no
  /// writes now, the release is written later.
  func release(_ operations: [Operation], after pause: Duration) async {
    let dueAt = now().after(pause)
    do {
      try await release(operations, dueAt)
    } catch {
      await lanes.owe(operations, until: dueAt)
      signals.wake()
    }
  }

  private func release(_ operations: [Operation], _ dueAt: Timestamp) async throws {
    let written = try await fencedEachAtOnce(operations) { (transaction, works) in
      for var released in works.map(\.operation) {
        released.lease = nil
        released.dueAt = dueAt
        try transaction.updateOperation(released)
      }
    }
    for (operation, error) in written.refused {
      await putOff(operation.id, of: operation.componentId, error)
    }
  }

  /// Puts off an operation that the store holds but cannot tell of, or cannot change: it costs
  /// itself only, and is looked at again at a slow pace.
  func putOff(_ id: String, of componentId: String, _ error: StoreError) async {
    let until = now().after(microseconds: ExecutorOptions.longestPause)
    if await lanes.isNews(id) {
      report(.storeFailed(operationIds: [id], error: Self.describe(error)))
    }
    await putOff(id, of: componentId, until)
  }

  private func putOff(_ id: String, of componentId: String, _ until: Timestamp) async {
    let owner = owner
    do {
      try await store.write(.component(componentId)) {
        try $0.putOffOperation(id: id, until: until, by: owner)
      }
    } catch {
      await lanes.owe(id, .putOff(componentId: componentId, until: until))
    }
  }

  /// Writes what the store did not take earlier.
  ///
  /// - Returns: when to try again; nil when nothing is owed any more.
  func payDebts() async -> Timestamp? {
    var releases: [Timestamp: [Operation]] = [:]
    for (id, debt) in await lanes.takeOwed() {
      switch debt {
      case .release(let operation, let dueAt): releases[dueAt, default: []].append(operation)
      case .putOff(let componentId, let until): await putOff(id, of: componentId, until)
      }
    }
    for (dueAt, operations) in releases {
      do {
        try await release(operations, dueAt)
      } catch {
        await lanes.owe(operations, until: dueAt)
      }
    }
    return await lanes.owes ? now().after(.seconds(1)) : nil
  }
}
