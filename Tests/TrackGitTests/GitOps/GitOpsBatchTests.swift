import TestBasics
import Testing
import TrackDomain

@testable import TrackGit

@Suite(.timeLimit(.minutes(2))) struct GitOpsBatchTests {
  private static let error = IntegrationError(.refused, "no")

  private static func commits(_ count: Int) -> [GitOpsCommit] {
    (0..<count).map { GitOpsCommit(id: "\($0)", message: "", edits: []) }
  }

  private static func hash(_ number: Int) -> String {
    String(repeating: "0", count: 36) + String(1000 + number)
  }

  private static func made(_ batch: inout GitOpsBatch) {
    batch.made(batch.pending.map { hash(Int($0.id) ?? 0) })
  }

  /// Publishes to a remote that refuses some commits. Returns the number of pushes.
  private static func run(_ batch: inout GitOpsBatch, refusing guilty: Set<Int>) -> Int {
    var pushes = 0
    while !batch.pending.isEmpty {
      made(&batch)
      pushes += 1
      if batch.pending.contains(where: { guilty.contains(Int($0.id) ?? -1) }) {
        batch.refuse(error)
      } else {
        batch.succeed()
      }
    }
    return pushes
  }

  @Test func `a refusal after a push of which nobody knows the end is not certain`() {
    var batch = GitOpsBatch(Self.commits(2), recorded: [:])
    Self.made(&batch)
    batch.doubt()
    batch.fail(Self.error)
    #expect(batch.outcomes.values.allSatisfy { $0.failure?.kind == .unavailable })
    var other = GitOpsBatch(Self.commits(2), recorded: [:])
    Self.made(&other)
    other.fail(Self.error)
    #expect(other.outcomes.values.allSatisfy { $0.failure == Self.error })
  }

  @Test(arguments: [1, 2, 3, 31, 32, 64])
  func `one guilty commit fails alone, after few pushes`(_ count: Int) {
    for guilty in 0..<count {
      var batch = GitOpsBatch(Self.commits(count), recorded: [:])
      let pushes = Self.run(&batch, refusing: [guilty])
      let steps = Int.bitWidth - max(0, count - 1).leadingZeroBitCount
      #expect(pushes <= 1 + 2 * steps)
      #expect(batch.outcomes.count == count)
      for number in 0..<count {
        let expected: Result<String, IntegrationError> =
          number == guilty ? .failure(Self.error) : .success(Self.hash(number))
        #expect(batch.outcomes["\(number)"] == expected)
      }
    }
  }

  @Test(arguments: 0..<30)
  func `exactly the guilty ones fail`(_ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let guilty = Set(
      (0..<Int.random(in: 0...32, using: &random)).map { _ in
        Int.random(in: 0..<32, using: &random)
      })
    var batch = GitOpsBatch(Self.commits(32), recorded: [:])
    let pushes = Self.run(&batch, refusing: guilty)
    #expect(pushes <= 63 && pushes <= 1 + 2 * 5 * max(1, guilty.count))
    let failed = batch.outcomes.filter { $0.value.failure != nil }.keys
    #expect(Set(failed) == Set(guilty.map { "\($0)" }))
    #expect(batch.outcomes.count == 32)
  }

  @Test func `a failure of the whole spares what has its outcome`() {
    var batch = GitOpsBatch(Self.commits(4), recorded: [:])
    Self.made(&batch)
    batch.refuse(Self.error)
    Self.made(&batch)
    batch.succeed()
    batch.fail(IntegrationError(.unavailable, "later"))
    #expect(batch.pending.isEmpty)
    #expect(batch.outcomes["1"] == .success(Self.hash(1)))
    #expect(batch.outcomes["2"]?.failure?.kind == .unavailable)
  }

  @Test func `a push without an answer is looked for until it is found, later ones too`() {
    var batch = GitOpsBatch(Self.commits(2), recorded: [:])
    #expect(batch.hashesToCheck.isEmpty)
    batch.made([Self.hash(0), Self.hash(1)])
    #expect(batch.hashesToCheck.isEmpty, "nothing was pushed yet")
    batch.doubt()
    batch.made([Self.hash(2), Self.hash(3)])
    batch.doubt()
    #expect(batch.hashesToCheck == [Self.hash(1), Self.hash(3)])
    // The first push arrived.
    batch.found(published: Self.hash(1))
    #expect(batch.outcomes == ["0": .success(Self.hash(0)), "1": .success(Self.hash(1))])
    #expect(batch.pending.isEmpty)
  }

  @Test func `hashes of before are looked for, each for itself`() {
    var batch = GitOpsBatch(
      Self.commits(3), recorded: ["0": Self.hash(7), "1": "nonsense", "2": ""])
    #expect(batch.hashesToCheck == [Self.hash(7)])
    batch.found(published: Self.hash(7))
    #expect(batch.pending.map(\.id) == ["1", "2"])
    batch.settle(batch.pending[0], at: "")
    #expect(batch.outcomes["1"] == .success("") && batch.pending.map(\.id) == ["2"])
    #expect(GitOpsBatch([], recorded: [:]).pending.isEmpty)
  }
}
