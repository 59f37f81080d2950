public import Telemetry
public import TrackDomain

/// What a server needs of the store that it serves, beyond what the use cases ask for. Any thread.
public protocol ServedStore: TrackStore {
  /// What the store counts while it works.
  var metrics: StoreMetrics { get }

  /// The metrics that only stores of this kind have.
  var families: [MetricFamily] { get }

  /// The key that seals the tokens which callers bring back: 32 bytes, made with the database, and
  /// the same for every server on it.
  var tokenKey: [UInt8] { get }

  /// Signs the audit, and knows the keys that have signed it.
  var auditSeal: any AuditSeal { get }

  /// The hosts of repositories that were stored before there were rules for hosts, in lower case.
  var keptHosts: [String] { get }

  /// The operations that were not done when the store was opened, as far as they have a trace.
  var tracedOperations: [TracedOperation] { get }

  /// Writes of this process that wait for their commit.
  var queuedWrites: Int { get }

  /// Counts what is there. Throws `StoreError`.
  func census() async throws -> StoreCensus

  /// Commits what was queued, and ends the threads of the store. Once, when nothing reads any more;
  /// later writes are `.unavailable`.
  func close() async
}
