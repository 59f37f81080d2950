import TrackDomain
import TrackStorePostgreSQL
import TrackStoreSQL
import TrackStoreSQLite

/// The store that the options name, and the data folder, which is this process's alone.
struct OpenedStore {
  let store: any ServedStore
  /// Locked as long as this is kept.
  let folder: any Sendable
  /// What a database promises of acknowledged writes; nil for SQLite, which keeps one promise.
  let durability: (@Sendable () -> StoreDurability)?

  /// - Parameters:
  ///   - auditSeal: makes what signs the audit, from the key of the store.
  ///   - log: is told of the store.
  ///   - deployments: counts those that end.
  ///   - traces: follows deployments; nil where nothing is traced.
  /// - Throws: `StoreOpenError` of either store, and `StoreAddress.Fault`.
  static func open(
    _ options: ServeOptions, _ log: StoreLog, _ deployments: DeploymentMetrics,
    _ traces: DeploymentTracer?, auditSeal: @escaping @Sendable ([UInt8]) -> any AuditSeal
  ) async throws -> OpenedStore {
    let address = try options.store?.address()
    guard let address else {
      var settings = SQLiteStoreOptions(options)
      settings.auditSeal = auditSeal
      settings.report = { log.log($0) }
      settings.deploymentEnded = { deployments.ended($0) }
      if let traces { settings.operationTraced = { traces.begun($0) } }
      let store = try SQLiteTrackStore.open(directory: options.dataDirectory, options: settings)
      return OpenedStore(store: store, folder: store, durability: nil)
    }
    let folder = try DataDirectory.withoutDatabase(options.dataDirectory) { log.log($0) }
    var settings = PostgreSQLStoreOptions(options)
    settings.notifyConnection = try options.storeNotify?.address().text
    settings.auditSeal = auditSeal
    settings.report = { log.log($0) }
    settings.deploymentEnded = { deployments.ended($0) }
    if let traces { settings.operationTraced = { traces.begun($0) } }
    let store = try await PostgreSQLTrackStore.open(
      address.text, spoolDirectory: options.dataDirectory, options: settings)
    store.observeDurability { log.log($0, isRequired: options.requiresSyncStandby) }
    return OpenedStore(store: store, folder: folder, durability: { store.durability })
  }
}

extension SQLiteStoreOptions {
  fileprivate init(_ options: ServeOptions) {
    self.init(
      requestRetention: options.requestIdRetention, changeRetention: options.changeLogRetention,
      supersededImageRetention: options.supersededImageRetention)
    auditRetention = options.auditRetention
    acceptsDataLoss = options.acceptsDataLoss
    dataGroup = options.dataGroup
  }
}

extension PostgreSQLStoreOptions {
  fileprivate init(_ options: ServeOptions) {
    self.init()
    requestRetention = options.requestIdRetention
    changeRetention = options.changeLogRetention
    supersededImageRetention = options.supersededImageRetention
    auditRetention = options.auditRetention
    requiresSyncStandby = options.requiresSyncStandby
  }
}
