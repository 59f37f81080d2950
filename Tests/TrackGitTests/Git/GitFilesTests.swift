import EventLoop
import FoundationEssentials
import Synchronization
import Testing
import TrackDomain

@testable import TrackGit

@Suite(.timeLimit(.minutes(2))) struct GitFilesTests {
  @Test func `no file is touched on an event loop`() async throws {
    let fixture = try GitFixture()
    let origin = try fixture.bareRepository("origin.git")
    let commit = try fixture.commit("a: 1\n", at: "a.yaml", to: origin)
    let loop = try EventLoop(name: "test")
    let git = fixture.git
    try await fixture.run { () async throws in
      let work = Task(executorPreference: loop) {
        let source = GitSourceRepository(git)
        #expect(EventLoop.current === loop)
        let file = try await source.firstFile(
          of: ["a.yaml"], commit: commit, repositoryURL: origin, maximumBytes: 100)
        #expect(file?.content == Array("a: 1\n".utf8))
        _ = try await source.commits([commit], repositoryURL: origin)
        _ = try await source.resolve(.commit(String(commit.prefix(8))), repositoryURL: origin)
        await git.reapCaches()
        let cache = git.cache("gone")
        try await cache.gate.withTurn { () throws(IntegrationError) in
          _ = try await cache.prepare()
          await cache.remove()
        }
        #expect(EventLoop.current === loop)
      }
      try await work.value
    }
    await loop.shutdown()
    #expect(GitFiles.madeOnLoops.load(ordering: .relaxed) == 0)
  }

  /// The counter counts only uses of `GitFiles`, so that no other file may touch the file system.
  @Test func `one file of the module touches the file system`() throws {
    let tests = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
    let sources = "/\(tests)/Sources/TrackGit"
    let files = FileManager.default
    let touching = try files.subpathsOfDirectory(atPath: sources).filter { path in
      guard path.hasSuffix(".swift"), let bytes = files.contents(atPath: "\(sources)/\(path)")
      else { return false }
      let text = String(decoding: bytes, as: UTF8.self)
      return ["FileManager", "import Foundation", "import Glibc"].contains { text.contains($0) }
    }
    #expect(touching == ["Git/GitFiles.swift"])
  }

  @Test func `a directory takes the room of its blocks, whatever is in it`() throws {
    let path = "/tmp/trackd-files-\(UniqueID.random())"
    let files = GitFiles()
    defer { files.remove(path) }
    #expect(files.bytes(of: path) == 0)
    try files.makeDirectory(path)
    #expect(files.bytes(of: path) == 4096)
    try GitFixture.run("truncate", "-s", "4096", "a", at: path)
    #expect(files.bytes(of: path) == 2 * 4096)
    try GitFixture.run("truncate", "-s", "4097", "b", at: path)
    try GitFixture.run("mkdir", "c", at: path)
    try GitFixture.run("touch", "c/empty", at: path)
    #expect(files.paths(below: path).sorted() == ["a", "b", "c", "c/empty"])
    #expect(files.bytes(of: path) == 6 * 4096)
    files.remove(path)
    #expect(files.bytes(of: path) == 0 && files.changeSeconds(path) == nil)
  }

  @Test func `sums of what a disk says stop at the largest number`() {
    #expect((Int64.max - 1).addingClamped(1) == .max)
    #expect(Int64.max.addingClamped(1) == .max && Int64.min.addingClamped(-1) == .min)
  }
}
