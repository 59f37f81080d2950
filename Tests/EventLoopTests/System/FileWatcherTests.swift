import FoundationEssentials
import Glibc
import Synchronization
import Testing

@testable import EventLoop

@Suite(.timeLimit(.minutes(2))) struct FileWatcherTests {
  /// A folder that goes away with the test.
  private struct Folder: ~Copyable {
    let path = FileManager.default.temporaryDirectory.appending(
      path: "watch-\(UInt64.random(in: 0 ... .max))"
    ).path()

    init() throws {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ name: String, _ text: String) throws {
      try text.write(toFile: path + "/" + name, atomically: false, encoding: .utf8)
    }
  }

  private final class Counter: Sendable {
    let count = Atomic<Int>(0)
    func add() -> Bool {
      count.add(1, ordering: .relaxed)
      return true
    }
    var value: Int { count.load(ordering: .relaxed) }
  }

  @Test func `writing, replacing, swapping links and removing are changes`() async throws {
    let folder = try Folder()
    let (path, changes) = (folder.path, Counter())
    let manager = FileManager.default
    for version in ["one", "two"] {
      try manager.createDirectory(
        atPath: path + "/" + version, withIntermediateDirectories: false)
      try folder.write(version + "/policy", "text")
    }
    try manager.createSymbolicLink(atPath: path + "/data", withDestinationPath: "one")
    try manager.createSymbolicLink(atPath: path + "/policy", withDestinationPath: "data/policy")
    let group = try EventLoopGroup(count: 1)
    let watcher = try FileWatcher(loop: group.loops[0], every: .milliseconds(5))
    watcher.watch({ [path + "/policy"] }, { _ in changes.add() })
    // Whoever read the file before gets a call for what they missed.
    #expect(await eventually { changes.value == 1 })

    // Writing in place may be seen twice: empty, then full.
    try folder.write("one/policy", "longer text")
    #expect(await eventually { changes.value >= 2 })
    try? await Task.sleep(for: .milliseconds(50))
    let before = changes.value
    try manager.createSymbolicLink(atPath: path + "/new", withDestinationPath: "two")
    #expect(unsafe rename(path + "/new", path + "/data") == 0)
    #expect(await eventually { changes.value == before + 1 })
    try manager.removeItem(atPath: path + "/two/policy")
    #expect(await eventually { changes.value == before + 2 })
    watcher.look(always: true)
    #expect(await eventually { changes.value == before + 3 })
    await watcher.shutdown()
    await group.shutdown()
  }

  @Test func `what did not count is read again with each look, until it does`() async throws {
    let folder = try Folder()
    let (path, reads) = (folder.path, Counter())
    try folder.write("policy", "half")
    let causes = Causes()
    let group = try EventLoopGroup(count: 1)
    let watcher = try FileWatcher(loop: group.loops[0], every: .milliseconds(5))
    watcher.watch(
      { [path + "/policy"] },
      { cause in
        causes.add(cause)
        _ = reads.add()
        return reads.value >= 4
      })
    #expect(await eventually { reads.value == 4 })
    watcher.look(always: true)
    #expect(await eventually { reads.value >= 5 })
    await watcher.shutdown()
    await group.shutdown()
    #expect(causes.all == [.first, .retry, .retry, .retry, .change])
  }

  /// `@unchecked Sendable`: the lock guards `kept`.
  private final class Causes: @unchecked Sendable {
    private let lock = Lock()
    private var kept: [FileWatcher.Cause] = []

    func add(_ cause: FileWatcher.Cause) { lock.withLock { kept.append(cause) } }
    var all: [FileWatcher.Cause] { lock.withLock { kept } }
  }
}
