import TestSupport
import Testing
import TrackDomain
import TrackStoreSQL

@testable import TrackStoreSQLite

/// A power cut during saves and deployments: acknowledged writes are there, and a deployment, its
/// operation, its binding and its entries in the log agree.
@Suite(.timeLimit(.minutes(2))) struct DeploymentPowerCutTests {
  /// The stages of a deployment: one transaction each, in order.
  private enum Stage: Int, CaseIterable {
    case saved, accepted, leased, publishing, succeeded, reported
  }

  private struct Run {
    var disk: PowerCutDisk
    var directory: TemporaryDirectory
    /// The deployment's number, its stage, and the length of the disk's log at the acknowledgement.
    var acknowledged: [(number: Int, stage: Int, changes: UInt64)]
  }

  private static let pairs = [("t1", "dev"), ("t1", "prod"), ("t2", "dev"), ("t2", "prod")]

  /// Deploys a new image four times into each of four (track, environment) pairs at once.
  private static func run() async throws -> Run {
    let disk = try PowerCutDisk()
    let directory = try TemporaryDirectory()
    let acknowledged = Acknowledged()
    try await withStore(in: directory.path, options: SQLiteStoreOptions(on: disk)) { store in
      try await store.write { try Samples.putTracks($0) }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for (index, pair) in pairs.enumerated() {
          group.addTask {
            for round in 0..<4 {
              let number = pairs.count * round + index
              for stage in Stage.allCases {
                try await store.write { transaction in
                  try go(to: stage, number, trackId: pair.0, environmentId: pair.1, transaction)
                }
                acknowledged.add("\(number) \(stage.rawValue)", disk.changes)
              }
            }
          }
        }
        try await group.waitForAll()
      }
    }
    let entries = acknowledged.all.map { entry in
      let parts = entry.id.split(separator: " ").compactMap { Int($0) }
      return (number: parts[0], stage: parts[1], changes: entry.changes)
    }
    return Run(disk: disk, directory: directory, acknowledged: entries)
  }

  /// Writes in one transaction what the use cases and the executor write.
  private static func go(
    to stage: Stage, _ number: Int, trackId: String, environmentId: String,
    _ transaction: any StoreTransaction
  ) throws {
    let id = "d\(number)"
    if stage == .saved {
      return try transaction.insertImage(Samples.image("i\(number)", of: trackId))
    }
    if stage == .accepted {
      let deployment = Samples.deployment(
        id, of: "i\(number)", track: trackId, into: environmentId)
      try transaction.insertDeployment(deployment)
      try transaction.insertOperation(Samples.operation(for: deployment))
      return try log(deployment, .created, transaction)
    }
    guard var deployment = try transaction.deployment(componentId: "cart", id: id),
      var operation = try transaction.operation(id: id)
    else { throw TestError() }
    switch stage {
    case .leased:
      deployment.state = .inProgress
      deployment.startedAt = Samples.time()
      operation.step = .leased
      operation.lease = Samples.lease()
    case .publishing:
      operation.step = .publishing
      deployment.gitopsHash = "0f"
    case .succeeded:
      deployment.state = .succeeded
      deployment.endedAt = Samples.time()
      operation.step = .recorded
      try transaction.putBinding(
        Samples.binding(
          trackId, in: environmentId, deployment: id, image: deployment.imageId))
    case .reported:
      return try transaction.deleteOperation(id: id)
    case .saved, .accepted: break
    }
    try transaction.updateDeployment(deployment)
    try transaction.updateOperation(operation)
    try log(deployment, .updated, transaction)
  }

  private static func log(
    _ deployment: Deployment, _ kind: ChangeKind, _ transaction: any StoreTransaction
  ) throws {
    try transaction.appendChange(
      Change(
        kind: kind, resource: .deployment, resourceId: deployment.id, projectId: "shop",
        componentId: "cart", at: Samples.time(), actor: Samples.actor,
        snapshot: Snapshot.encode(deployment)))
  }

  @Test(arguments: PowerCutDisk.Rest.allCases)
  func `after a power cut every deployment is as far as was acknowledged, and whole`(
    _ rest: PowerCutDisk.Rest
  ) async throws {
    let run = try await Self.run()
    #expect(run.acknowledged.count == 16 * Stage.allCases.count)
    for changes in 0...run.disk.changes {
      let found = run.disk.cut(after: changes, leaving: rest, seed: changes)
      let connection = try Connection.opening(DataDirectory(run.directory.path), vfs: found.name)
      let comment: Comment = "cut after \(changes)"
      #expect(try connection.text("PRAGMA integrity_check") == "ok", comment)
      #expect(try connection.text("PRAGMA foreign_key_check") == nil, comment)
      let reader = Reader(connection)
      for entry in run.acknowledged where entry.changes <= changes {
        let stage = try Self.stage(of: entry.number, reader)
        #expect(stage >= entry.stage, comment)
      }
      #expect(try connection.integer(Self.strays) == 0, comment)
    }
  }

  private static func stage(of number: Int, _ reader: Reader) throws -> Int {
    let id = "d\(number)"
    guard let deployment = try reader.deployment(componentId: "cart", id: id) else {
      return try reader.image(componentId: "cart", id: "i\(number)") == nil ? -1 : 0
    }
    let operation = try reader.operation(id: id)
    let stage: Stage =
      switch deployment.state {
      case .queued: .accepted
      case .inProgress: operation?.step == .publishing ? .publishing : .leased
      default: operation == nil ? .reported : .succeeded
      }
    return stage.rawValue
  }

  /// Counts rows that contradict other rows of their transaction.
  private static let strays = """
    SELECT
      (SELECT count(*) FROM deployment d WHERE d.state <= 2
        AND NOT EXISTS (SELECT 1 FROM operation o WHERE o.id = d.id))
      + (SELECT count(*) FROM operation o JOIN deployment d ON d.id = o.id
        WHERE (o.step = 1) <> (d.state = 1) OR (o.step = 4) <> (d.state = 3)
          OR (o.step >= 3) <> (d.gitops_hash <> ''))
      + (SELECT count(*) FROM deployment d WHERE d.state = 3 AND NOT EXISTS (
        SELECT 1 FROM binding b JOIN deployment c ON c.id = b.current_deployment_id
        WHERE b.component_key = d.component_key AND b.track_id = d.track_id
          AND b.environment_id = d.environment_id AND c.sequence >= d.sequence))
      + (SELECT count(*) FROM image i WHERE i.was_deployed <> EXISTS (
        SELECT 1 FROM deployment d WHERE d.image_id = i.id AND d.state = 3))
      + (SELECT count(*) FROM deployment d WHERE (
        SELECT count(*) FROM change_log c WHERE c.resource = 8 AND c.resource_id = d.id)
        <> CASE d.state WHEN 1 THEN 1 WHEN 3 THEN 4 ELSE 2 + (d.gitops_hash <> '') END)
    """
}
