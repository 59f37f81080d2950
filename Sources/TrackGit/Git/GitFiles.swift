import EventLoop
import FoundationEssentials
import Synchronization
import TrackDomain

/// The file system, as far as git needs it. No other file of this module touches it.
///
/// Every function blocks. `Git.onDisk` passes a value to code on a thread that may block; `Git`
/// also makes one itself before trackd serves.
struct GitFiles {
  private let files = FileManager.default
  /// The size that a file system takes for the smallest file, and for a directory.
  static let blockBytes: Int64 = 4096

  /// How many values were made on event-loop threads, where blocking delays others. Must stay 0.
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

  /// The entries of a directory; empty if it is none.
  func names(in directory: String) -> [String] {
    (try? files.contentsOfDirectory(atPath: directory)) ?? []
  }

  /// All paths below a directory, relative to it; empty if it is none.
  func paths(below directory: String) -> [String] {
    (try? files.subpathsOfDirectory(atPath: directory)) ?? []
  }

  /// Removes a file, or a directory with its content, as far as possible.
  func remove(_ path: String) {
    try? files.removeItem(atPath: path)
  }

  /// The modification time of a file, in seconds since 1970; nil when it cannot be read.
  func changeSeconds(_ path: String) -> Int64? {
    let attributes = try? files.attributesOfItem(atPath: path)
    let date = attributes?[.modificationDate] as? Date
    return date.flatMap { Int64(exactly: $0.timeIntervalSince1970.rounded(.down)) }
  }

  /// Creates an empty file, so that its time is now. False when that fails.
  func touch(_ path: String) -> Bool {
    files.createFile(atPath: path, contents: Data())
  }

  /// Makes a directory that git accepts as the private part of a working tree, without references:
  /// see `GitCommand.workshop`.
  func makeWorkshop(_ path: String) throws(IntegrationError) {
    remove("\(path)/refs")
    try makeDirectory(path)
    guard files.createFile(atPath: "\(path)/HEAD", contents: Data("ref: refs/heads/none\n".utf8))
    else { throw IntegrationError(.unavailable, "the server cannot make a file for git") }
  }

  /// The size of a directory with its content; 0 when it does not exist.
  func bytes(of directory: String) -> Int64 {
    guard files.fileExists(atPath: directory) else { return 0 }
    return paths(below: directory).reduce(Self.blockBytes) { sum, path in
      let attributes = try? files.attributesOfItem(atPath: "\(directory)/\(path)")
      // A number of Foundation's where Foundation is loaded, else one of Swift's.
      let size = attributes?[.size].flatMap { Int64("\($0)") } ?? 0
      return sum.addingClamped(Self.rounded(size))
    }
  }

  /// Rounded up to blocks, at least one.
  private static func rounded(_ size: Int64) -> Int64 {
    max(1, size.addingClamped(blockBytes - 1) / blockBytes) * blockBytes
  }

  /// Whether a file or directory of that name exists; follows links.
  func isThere(_ path: String) -> Bool { files.fileExists(atPath: path) }

  /// Whether it is a regular file; follows links.
  func isRegular(_ path: String) -> Bool {
    let target = URL(filePath: path).resolvingSymlinksInPath().path
    return (try? files.attributesOfItem(atPath: target))?[.type] as? FileAttributeType
      == .typeRegular
  }

  /// Whether this process may read it.
  func isReadable(_ path: String) -> Bool { files.isReadableFile(atPath: path) }

  /// The bytes of a file; nil when it cannot be read or has more.
  func content(_ path: String, maximumBytes: Int) -> [UInt8]? {
    guard let content = files.contents(atPath: path), content.count <= maximumBytes else {
      return nil
    }
    return Array(content)
  }

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
  /// The sum, or the largest number there is.
  func addingClamped(_ other: Int64) -> Int64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other < 0 ? .min : .max) : sum
  }
}
