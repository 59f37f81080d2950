import EventLoop
import Testing
import TrackDomain

@testable import TrackGit

@Suite(.timeLimit(.minutes(2))) struct GitHelpersTests {
  private final class Helper: GitHelper {
    let name: String
    let closed: Names
    init(_ name: String, _ closed: Names) {
      self.name = name
      self.closed = closed
    }
    func close(limits: ChildLimits) { closed.add(name) }
  }

  /// `@unchecked Sendable`: the names are under the lock.
  private final class Names: @unchecked Sendable {
    private let lock = Lock()
    private var names: [String] = []
    var all: [String] { lock.withLock { names } }
    func add(_ name: String) { lock.withLock { names.append(name) } }
  }

  /// `@unchecked Sendable`: one thread uses it, or `GitHelpers` under its lock.
  private final class Owner: GitHelperOwner, @unchecked Sendable {
    let name: String
    let closed: Names
    var helpers: [any GitHelper] = []
    init(_ name: String, _ closed: Names) {
      self.name = name
      self.closed = closed
    }
    func dropHelpers() { helpers = [] }
    func start(_ all: GitHelpers) {
      all.makeRoom(for: self)
      helpers.append(Helper("\(name)\(helpers.count)", closed))
    }
  }

  private let closed = Names()

  @Test func `the owner that was idle for the longest time loses what it has`() {
    let all = GitHelpers(maximum: 3)
    let owners = ["a", "b", "c", "d"].map { Owner($0, closed) }
    for owner in owners.prefix(3) { all.use(owner) { owner.start(all) } }
    #expect(all.count == 3 && closed.all == [])
    // A use, although it starts no helper.
    all.use(owners[0]) {}
    all.use(owners[3]) { owners[3].start(all) }
    #expect(closed.all == ["b0"] && all.count == 3 && owners[1].helpers.isEmpty)
    all.use(owners[0]) { owners[0].start(all) }
    #expect(closed.all == ["b0", "c0"] && all.count == 3 && owners[0].helpers.count == 2)
  }

  @Test func `one that is in use keeps what it has`() {
    let all = GitHelpers(maximum: 2)
    let (a, b, c) = (Owner("a", closed), Owner("b", closed), Owner("c", closed))
    all.use(a) {
      a.start(all)
      all.use(b) { b.start(all) }
      all.use(c) { c.start(all) }
      #expect(closed.all == ["b0"])
      a.start(all)
      #expect(closed.all == ["b0", "c0"])
    }
    #expect(all.count == 2)
    all.closeIdle()
    #expect(closed.all == ["b0", "c0", "a0", "a1"] && all.count == 0)
    all.closeIdle()
  }

  @Test func `what an owner lost itself is not counted`() {
    let all = GitHelpers(maximum: 2)
    let (a, b) = (Owner("a", closed), Owner("b", closed))
    all.use(a) {
      a.start(all)
      a.start(all)
      a.dropHelpers()
    }
    #expect(all.count == 0)
    all.use(b) { b.start(all) }
    #expect(closed.all == [])
  }

  @Test func `many repositories share few processes, and none notices`() async throws {
    let fixture = try GitFixture(budget: GitBudget(descriptorLimit: 64))
    let paths = try (0..<6).map { try fixture.bareRepository("\($0)") }
    try await fixture.run { () async throws in
      let deployer = GitOpsDeployer(fixture.git)
      try await withThrowingTaskGroup { group in
        for (index, path) in paths.enumerated() {
          group.addTask { () async throws in
            for round in 0..<4 {
              let order = OrderFixture.order(
                index * 10 + round, repository: index % 2 == 0 ? path : "git@host:\(path)")
              let outcomes = await deployer.deploy([order]) { _ in }
              #expect(try outcomes[order.deployment.id]?.get() != nil)
              #expect(fixture.git.helpers.count <= 6)
            }
          }
        }
        try await group.waitForAll()
      }
      for path in paths {
        #expect(try GitFixture.run("git", "-C", path, "rev-list", "--count", "main") == "4")
        _ = try GitFixture.run("git", "-C", path, "fsck", "--strict")
      }
      await deployer.shutdown()
      #expect(fixture.git.helpers.count == 0)
    }
  }
}
