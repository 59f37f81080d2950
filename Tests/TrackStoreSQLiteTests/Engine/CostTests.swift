import TestSupport
import Testing
import TrackDomain
import TrackStoreSQL

@testable import TrackStoreSQLite

/// Reads and writes cost as much in a large store as in a small one, measured in the instructions
/// that SQLite runs.
@Suite(.timeLimit(.minutes(2))) struct CostTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var run: @Sendable (Transaction) throws -> Void

    init(_ name: String, _ run: @escaping @Sendable (Transaction) throws -> Void) {
      testDescription = name
      self.run = run
    }
  }

  /// Stores `size` rows of each kind: images of t1, half of them superseded, and unversioned ones;
  /// a history in `dev` that is mostly failures; operations; tracks; changes.
  private static func fill(_ transaction: Transaction, size: Int) throws {
    try Samples.putTracks(transaction)
    for number in 0..<size {
      let track = Samples.track("x\(number)", branch: "b\(number)", at: Int64(number))
      try transaction.insertTrack(track)
      try transaction.appendChange(Samples.change(of: track))
      var image = Samples.image("i\(number)", commit: "0f", at: Int64(number))
      image.isSuperseded = number % 2 == 0
      try transaction.insertImage(image)
      try transaction.insertImage(Samples.image("u\(number)", of: "", at: Int64(number)))
      let state: DeploymentState = number < 40 ? .succeeded : .failed
      try transaction.insertDeployment(
        Samples.deployment("d\(number)", of: "i\(number)", state: state))
      try transaction.putRelease(Samples.release("r\(number)"))
      try transaction.insertOperation(
        Samples.operation(for: Samples.deployment("o\(number)"), at: Int64(number)))
    }
  }

  private static func deployments(
    into environmentId: String? = "dev", of imageId: String? = nil, state: DeploymentState? = nil
  ) -> DeploymentQuery {
    DeploymentQuery(
      componentId: "cart", trackId: "t1", environmentId: environmentId, imageId: imageId,
      state: state, limit: 10)
  }

  private static let facts = DeploymentFactsQuery(componentId: "cart", trackId: "t1")

  static let reads = [
    Case("a page of images") {
      _ = try $0.images(ImageQuery(componentId: "cart", trackId: "t1", after: nil, limit: 10))
    },
    Case("a later page of images") {
      let place = ImageKey(createdAt: Samples.time(30), id: "i30")
      _ = try $0.images(ImageQuery(componentId: "cart", trackId: "t1", after: place, limit: 10))
    },
    Case("an image") { _ = try $0.image(componentId: "cart", id: "i5") },
    Case("the image of a run") {
      _ = try $0.image(componentId: "cart", savedTrackId: "t1", runId: "run-i5")
    },
    Case("unversioned images") { _ = try $0.unversionedImages(componentId: "cart", limit: 10) },
    Case("images of a commit") {
      _ = try $0.currentImages(
        componentId: "cart", trackId: "t1", commitHash: "0f", limit: 10)
    },
    Case("the history of a track") { _ = try $0.deployments(deployments(into: nil)) },
    Case("the history of an environment") { _ = try $0.deployments(deployments()) },
    Case("what succeeded") { _ = try $0.deployments(deployments(state: .succeeded)) },
    Case("what succeeded with an image") {
      _ = try $0.deployments(deployments(of: "i5", state: .succeeded))
    },
    Case("a deployment") { _ = try $0.deployment(componentId: "cart", id: "d5") },
    Case("unfinished deployments") {
      _ = try $0.unfinishedDeployments(componentId: "cart", trackId: "t1", environmentId: nil)
    },
    Case("whether an image was deployed") {
      _ = try $0.wasDeployed(componentId: "cart", trackId: "t1", imageId: "i45")
    },
    Case("what a deployment is decided on") { _ = try $0.deploymentFacts(facts) },
    Case("what a rollback is decided on") {
      try $0.putBinding(Samples.binding(deployment: "d39", image: "i39"))
      let restored = try $0.rollbackFacts(facts).restored
      #expect(restored != nil)
    },
    Case("what a save is decided on") {
      _ = try $0.saveFacts(
        SaveFactsQuery(
          componentId: "cart", trackId: "t1", runId: "run-i5", commitHash: "0f",
          environmentId: "", replacedLimit: 10))
    },
    Case("what a creation is decided on") {
      _ = try $0.creationFacts(
        CreationFactsQuery(
          componentId: "cart", id: "x5", version: nil, branch: "b5", countLimit: 10))
    },
    Case("what a deletion is decided on") {
      let heir = try $0.deletionFacts(componentId: "cart", trackId: "t2")?.heir
      #expect(heir != nil)
    },
    Case("due operations") {
      let window = DueWindow(now: Samples.time(50), far: Samples.time(1_000_000))
      for queue in [.deployments(environmentId: "dev"), .reports, OperationQueue.deletions] {
        _ = try $0.dueOperations(in: queue, window, limit: 10)
      }
    },
    Case("when operations of a queue are due") {
      for queue in [.deployments(environmentId: "dev"), .reports, OperationQueue.deletions] {
        _ = try $0.times(of: queue)
      }
    },
    Case("the environments that deployments wait for") {
      _ = try $0.waitingEnvironments(after: "", limit: 10)
    },
    Case("changes") { _ = try $0.sqlite.changes(after: 20, limit: 10) },
    Case("the ends of the log") {
      _ = (try $0.sqlite.newestChange(), try $0.sqlite.oldestChange())
    },
    Case("the state of all components") {
      _ = try $0.states(in: .all, after: ("cart", "x1"), limit: 10)
    },
    Case("the state of a project") {
      _ = try $0.states(in: .project("shop"), after: ("cart", "x1"), limit: 10)
    },
  ]

  static let writes = [
    Case("an image") { try $0.insertImage(Samples.image("new", commit: "aa", at: 99)) },
    Case("a superseded image") {
      var image = Samples.image("i5", commit: "0f", at: 5)
      image.isSuperseded = true
      try $0.updateImage(image)
    },
    Case("a deployment from its beginning to its end") {
      var deployment = Samples.deployment("new", of: "i41")
      try $0.insertDeployment(deployment)
      for state in [DeploymentState.inProgress, .succeeded] {
        deployment.state = state
        deployment.startedAt = Samples.time()
        deployment.endedAt = state.isFinal ? Samples.time() : nil
        try $0.updateDeployment(deployment)
      }
      try $0.putBinding(Samples.binding(deployment: "new", image: "i41"))
    },
    Case("an operation") {
      try $0.insertOperation(Samples.operation(for: Samples.deployment("o"), at: 3))
      try $0.deleteOperation(id: "o")
    },
    Case("a batch of a purge") {
      try $0.purgeTrack(componentId: "cart", trackId: "t1", limit: 10)
    },
    Case("superseded images that go") {
      let gone = try $0.forgetImages(keptBefore: 9, limit: 10)
      #expect(gone == 10)
    },
    Case("changes that go") {
      let gone = try $0.forgetChanges(keptBefore: 9, limit: 10)
      #expect(gone == 10)
    },
  ]

  private static func instructions(_ one: Case, size: Int) throws -> Int {
    let directory = try TemporaryDirectory()
    let connection = try Connection.opening(DataDirectory(directory.path), vfs: nil)
    let transaction = Transaction(connection)
    transaction.isAlone = true
    try connection.execute("BEGIN")
    try fill(transaction, size: size)
    _ = connection.takeInstructions()
    try one.run(transaction)
    return connection.takeInstructions()
  }

  @Test(arguments: reads + writes) func `costs do not grow`(_ one: Case) throws {
    let small = try Self.instructions(one, size: 100)
    let large = try Self.instructions(one, size: 3000)
    #expect(small > 0)
    #expect(Double(large) <= 1.1 * Double(small) + 20)
  }
}
