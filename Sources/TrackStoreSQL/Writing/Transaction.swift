package import TrackDomain

/// One closure's part of a group commit: reads and writes through the writer's connection.
///
/// A savepoint is set before the first change, so that what a closure did can be undone without the
/// rest of its group; a closure that is alone is undone with the whole transaction. Lives on the
/// writer's thread.
package final class Transaction: Reader, StoreTransaction {
  /// Signs the audit.
  package let auditSeal: any AuditSeal
  /// What the closure is about.
  private var scope = WriteScope.everything
  /// The components of the scope that were read so far, as they are now.
  private var components: [String: ComponentContext?] = [:]
  /// The states of deployments that were read or written, as they are now.
  private var states: [String: DeploymentState] = [:]
  /// The requests that were looked for and not found.
  private(set) var missingRequests: Set<RequestKey> = []
  private var hasTouchedCatalog = false
  private var hasSavepoint = false
  /// Whether the closure has the transaction of the group for itself. Set by the group.
  package var isAlone = false
  /// Whether a closure that is alone threw: the group is to be rolled back.
  package private(set) var isSpoilt = false
  /// Whether the transaction of the group has written changes or operations so far.
  package private(set) var hasNews = false
  /// The deployments that came to their end in the transaction of the group so far.
  package private(set) var ends: [DeploymentEnd] = []
  /// The outcomes of the events of the audit that were written in it so far.
  package private(set) var outcomes: [String] = []
  /// The operations with a trace that were written in it so far.
  package private(set) var traced: [TracedOperation] = []
  /// The changes and events that wait for their numbers.
  var journals = PendingJournals()
  /// That of the closure's caller, as a `traceparent`; empty for none.
  package private(set) var trace = ""

  let writing: any TransactionSource

  package init(
    _ source: any TransactionSource, _ retention: Retention? = nil,
    auditSeal: any AuditSeal = UnsealedAudit()
  ) {
    self.auditSeal = auditSeal
    writing = source
    super.init(source, retention)
  }

  /// Runs one closure. When it throws, its changes are undone, or are to be (`isSpoilt`).
  package func run(
    _ scope: WriteScope, trace: String = "", _ body: (any StoreTransaction) throws -> Void
  ) throws {
    self.scope = scope
    self.trace = trace
    components = [:]
    states = [:]
    missingRequests = []
    isSpoilt = false
    let before = hasNews
    let endsBefore = ends.count
    let outcomesBefore = outcomes.count
    let tracedBefore = traced.count
    let journalsBefore = journals.mark
    defer { hasSavepoint = false }
    do {
      try body(self)
      // A closure that caught what the database reported is no success.
      if let fault = source.fault { throw fault }
      if hasSavepoint { try writing.endChanges() }
    } catch {
      isSpoilt = isAlone
      hasNews = before
      ends.removeSubrange(endsBefore...)
      outcomes.removeSubrange(outcomesBefore...)
      traced.removeSubrange(tracedBefore...)
      journals.cut(to: journalsBefore)
      if source.fault == nil && hasSavepoint { try writing.undoChanges() }
      throw error
    }
  }

  // MARK: Scope

  /// The transaction holds the components of its scope. One of them is read when it is asked for
  /// first.
  package override func component(_ id: String) throws(StoreError) -> ComponentContext? {
    try scope.check(componentId: id)
    if let known = components[id] { return known }
    let found = try readComponent(id)
    components[id] = .some(found)
    return found
  }

  override func noteRead(_ deployment: Deployment) { states[deployment.id] = deployment.state }

  /// The state of a deployment before it is written with another one; nil when the closure has not
  /// read it.
  func replaceState(of deployment: Deployment) -> DeploymentState? {
    states.updateValue(deployment.state, forKey: deployment.id)
  }

  package override func request(_ key: RequestKey) throws(StoreError) -> RememberedRequest? {
    let found = try readRequest(key)
    if found == nil, writing.numbersAtCommit { missingRequests.insert(key) }
    return found
  }

  /// To be called when the row of a component is written.
  package func forget(component id: String) { components[id] = nil }

  /// The statement of a query that changes rows of a component.
  package func change(_ query: Query, of componentId: String) throws(StoreError) -> any Statement {
    try scope.check(componentId: componentId)
    return try change(query)
  }

  /// Throws when the closure is not about resources of that kind.
  package func checkScope(_ kind: CatalogKind, _ id: String) throws(StoreError) {
    if kind == .component { return try scope.check(componentId: id) }
    try scope.checkCatalog()
    hasTouchedCatalog = true
  }

  /// Whether resources of the catalog other than components were written since this was asked last,
  /// be it committed or not.
  package func takeCatalogTouch() -> Bool {
    defer { hasTouchedCatalog = false }
    return hasTouchedCatalog
  }

  // MARK: Changing

  /// The statement of a query that changes rows.
  package func change(_ query: Query) throws(StoreError) -> any Statement {
    if !hasSavepoint && !isAlone {
      try writing.beginChanges()
      hasSavepoint = true
    }
    return try statement(query)
  }

  /// Runs a statement that changes rows. Where they are elsewhere, nobody waits for it: what it is
  /// refused for is thrown by a later call, or by the commit.
  func send(_ statement: any Statement) throws(StoreError) { try statement.send(changing: nil) }

  /// The same for a statement that has to change a row: without one, `what` does not exist.
  func send(
    _ statement: any Statement, changing what: @escaping @Sendable @autoclosure () -> String
  ) throws(StoreError) {
    try statement.send(changing: what)
  }

  // MARK: News

  /// A change or something about operations was written: observers of the store are told of it.
  package func noteNews() { hasNews = true }

  package func note(_ end: DeploymentEnd) { ends.append(end) }

  /// Of an event of the audit.
  package func note(outcome: String) { outcomes.append(outcome) }

  package func note(_ operation: TracedOperation) { traced.append(operation) }

  /// Takes over what another one has to tell, and what it has no numbers for yet.
  package func adopt(_ other: Transaction) {
    hasNews = hasNews || other.hasNews
    ends += other.ends
    outcomes += other.outcomes
    traced += other.traced
    journals.changes += other.journals.changes
    journals.events += other.journals.events
    journals.takeOverAt = journals.takeOverAt ?? other.journals.takeOverAt
  }

  /// To be called at the beginning of a transaction of the group.
  package func clearNews() {
    hasNews = false
    ends.removeAll(keepingCapacity: true)
    outcomes.removeAll(keepingCapacity: true)
    traced.removeAll(keepingCapacity: true)
    journals = PendingJournals()
  }
}
