import EventLoop
import FoundationEssentials
import Synchronization
import TrackDomain

/// The file system, as far as git needs it: the one place of this module that touches it.
///
/// Every function blocks. `Git.onDisk` hands a value out on a thread that may; before trackd serves,
/// `Git` makes one itself.
struct GitFiles {
  private let files = FileManager.default
  /// What a file system takes for the smallest file, and for a directory.
  static let blockBytes: Int64 = 4096

  /// How many were made on the thread of an event loop, which others wait for: none, ever.
  static let madeOnLoops = Atomic<Int>(0)

  init() {
    if EventLoop.current != nil { Self.madeOnLoops.add(1, ordering: .relaxed) }
  }

  func makeDirectory(_ path: String) throws(IntegrationError) {
    do {
      try files.createDirectory(
        atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw IntegrationError(.unavailable, "the server cannot make a directory for git")
    }
  }

  /// What is in a directory; nothing for what is none.
  func names(in directory: String) -> [String] {
    (try? files.contentsOfDirectory(atPath: directory)) ?? []
  }

  /// Everything below a directory, relative to it; nothing for what is none.
  func paths(below directory: String) -> [String] {
    (try? files.subpathsOfDirectory(atPath: directory)) ?? []
  }

  /// Removes a file, or a directory with all that is in it; as far as it can.
  func remove(_ path: String) {
    try? files.removeItem(atPath: path)
  }

  /// When a file was changed last, in seconds since 1970; nil when there is no telling.
  func changeSeconds(_ path: String) -> Int64? {
    let attributes = try? files.attributesOfItem(atPath: path)
    let date = attributes?[.modificationDate] as? Date
    return date.flatMap { Int64(exactly: $0.timeIntervalSince1970.rounded(.down)) }
  }

  /// Makes an empty file anew, so that its time is now. False when it cannot be made.
  func touch(_ path: String) -> Bool {
    files.createFile(atPath: path, contents: Data())
  }

  /// Makes a directory that git takes for a working tree's own, with no references yet: see
  /// `GitCommand.workshop`.
  func makeWorkshop(_ path: String) throws(IntegrationError) {
    remove("\(path)/refs")
    try makeDirectory(path)
    guard files.createFile(atPath: "\(path)/HEAD", contents: Data("ref: refs/heads/none\n".utf8))
    else { throw IntegrationError(.unavailable, "the server cannot make a file for git") }
  }

  /// How much room a directory takes with all that is in it; 0 when it is not there.
  func bytes(of directory: String) -> Int64 {
    guard files.fileExists(atPath: directory) else { return 0 }
    return paths(below: directory).reduce(Self.blockBytes) { sum, path in
      let attributes = try? files.attributesOfItem(atPath: "\(directory)/\(path)")
      // As a number of Foundation's where that is loaded, else as one of Swift's.
      let size = attributes?[.size].flatMap { Int64("\($0)") } ?? 0
      return sum.addingClamped(Self.rounded(size))
    }
  }

  /// As blocks, at least one.
  private static func rounded(_ size: Int64) -> Int64 {
    max(1, size.addingClamped(blockBytes - 1) / blockBytes) * blockBytes
  }

  /// Whether there is anything of that name, by a link too.
  func isThere(_ path: String) -> Bool { files.fileExists(atPath: path) }

  /// Whether it is a file, by a link too.
  func isRegular(_ path: String) -> Bool {
    let target = URL(filePath: path).resolvingSymlinksInPath().path
    return (try? files.attributesOfItem(atPath: target))?[.type] as? FileAttributeType
      == .typeRegular
  }

  /// Whether this process may read it.
  func isReadable(_ path: String) -> Bool { files.isReadableFile(atPath: path) }

  /// The program of that name in the directories of `path`.
  func program(_ name: String, path: String) -> String? {
    path.split(separator: ":").lazy.map { "\($0)/\(name)" }
      .first { $0.hasPrefix("/") && files.isExecutableFile(atPath: $0) }
  }

  func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? path : files.currentDirectoryPath + "/" + path
  }
}

extension Int64 {
  /// The sum; of what is too large the largest there is.
  func addingClamped(_ other: Int64) -> Int64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other < 0 ? .min : .max) : sum
  }
}
