import EventLoop
import TrackDomain

/// The object that a commit of a GitOps repository has in the place of a manifest.
enum GitOpsFinding: Sendable, Hashable {
  case nothing
  case file([UInt8])
  /// A link, submodule or the like, at the path or on the way to it.
  case obstacle(path: String, Kind)
  /// The repository names an object there, or on the way there, and does not have it.
  case damaged(path: String)

  enum Kind: Sendable, Hashable {
    case file
    /// A file that is too long to be a manifest.
    case longFile
    case folder
    case link
    case submodule
  }
}

extension GitOpsSession {
  /// Longer files are not manifests of trackd's.
  private static let maximumFile = 8 << 20
  /// The most bytes of files that one read returns.
  private static let maximumRead = 64 << 20

  /// Looks at the paths. For a path without a file, one look at each folder on the way finds the
  /// obstacle: git's names do not lead into links and submodules.
  ///
  /// - Throws: `.damaged` when an object is lost, so that the answer is unknown.
  func findings(_ paths: [String], at commit: String) throws(IntegrationError) -> [GitOpsFinding] {
    let findings = try read { reader throws(ChildProcessError) in
      let infos = try reader.infos(paths.map { "\(commit):\($0)" }, limits: Self.limits)
      let files = infos.compactMap { $0 }.filter(Self.isReadable)
      var contents = try Self.contents(files, reader).makeIterator()
      let lost = zip(paths, infos).filter { $0.1 == nil }.map(\.0)
      var obstacles = try Self.obstacles(on: lost, at: commit, reader).makeIterator()
      return zip(paths, infos).map { path, info in
        guard let info else { return obstacles.next() ?? .nothing }
        if Self.isReadable(info) { return .file(contents.next() ?? []) }
        return .obstacle(path: path, info.type == "blob" ? .longFile : .folder)
      }
    }
    for case .damaged(let path) in findings {
      throw IntegrationError(.damaged, "something is damaged: '\(path)' cannot be read")
    }
    return findings
  }

  private static func isReadable(_ info: ObjectReader.Info) -> Bool {
    info.type == "blob" && info.size <= maximumFile
  }

  private static func contents(
    _ infos: [ObjectReader.Info], _ reader: ObjectReader
  ) throws(ChildProcessError) -> [[UInt8]] {
    var contents: [[UInt8]] = []
    var rest = infos[...]
    while !rest.isEmpty {
      var bytes = 0
      // At least one.
      let some = rest.prefix { info in
        defer { bytes += info.size }
        return bytes == 0 || bytes + info.size <= maximumRead
      }
      contents += try reader.contents(Array(some), limits: limits)
      rest = rest.dropFirst(some.count)
    }
    return contents
  }

  /// The obstacles of paths that lead nowhere; `.nothing` where there is none.
  private static func obstacles(
    on paths: [String], at commit: String, _ reader: ObjectReader
  ) throws(ChildProcessError) -> [GitOpsFinding] {
    if paths.isEmpty { return [] }
    let ways = paths.map(GitOpsWay.init)
    let folders = Array(Set(ways.flatMap(\.folders)))
    let infos = try reader.infos(
      folders.map { "\(commit):\($0)" } + ["\(commit)^{tree}"], limits: limits)
    let trees = Dictionary(uniqueKeysWithValues: zip(folders + [""], infos))
      .compactMapValues { $0 }.filter { $0.value.type == "tree" }
    let last = ways.map { way in way.folders.last { trees[$0] != nil } ?? "" }
    let needed = Array(Set(last.compactMap { trees[$0] }))
    let contents = try contents(needed, reader)
    let entries = Dictionary(
      uniqueKeysWithValues: zip(needed, contents).map { info, content in
        (info, GitTree.modes(content, hashBytes: info.hash.utf8.count / 2))
      })
    return zip(ways, last).map { way, folder in
      let (path, name) = way.next(after: folder)
      guard let mode = trees[folder].flatMap({ entries[$0]?[name] }) else { return .nothing }
      let kind = GitOpsFinding.Kind(mode: mode)
      // git's name leads to a folder, or to the end of the path, unless it enters a submodule.
      let isLost = kind == .folder || (path == way.path && kind != .submodule)
      return isLost ? .damaged(path: path) : .obstacle(path: path, kind)
    }
  }
}

extension GitOpsFinding.Kind {
  /// By the mode of a tree's entry, in octal digits.
  fileprivate init(mode: String) {
    self =
      switch mode {
      case "120000": .link
      case "160000": .submodule
      case "40000": .folder
      default: .file
      }
  }
}

/// The folders on the way to a file.
private struct GitOpsWay {
  let path: String
  let segments: [String]

  init(_ path: String) {
    self.path = path
    segments = path.utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
  }

  /// From the top folder to the file's own.
  var folders: [String] {
    (1..<max(1, segments.count)).map { segments.prefix($0).joined(separator: "/") }
  }

  /// The next step of the way behind a folder, or behind the root.
  func next(after folder: String) -> (path: String, name: [UInt8]) {
    let index = folder.isEmpty ? 0 : (folders.firstIndex(of: folder) ?? 0) + 1
    return (
      segments.prefix(index + 1).joined(separator: "/"), Array(segments[index].utf8)
    )
  }
}

/// A tree object (gitformat-pack(5)): `<mode> <name>` NUL and the bytes of a hash, for each entry.
enum GitTree {
  /// The mode of each entry, by its name.
  static func modes(_ content: [UInt8], hashBytes: Int) -> [[UInt8]: String] {
    var modes: [[UInt8]: String] = [:]
    var rest = content[...]
    while let space = rest.firstIndex(of: 0x20), let end = rest[space...].firstIndex(of: 0),
      rest.endIndex - end > hashBytes
    {
      modes[Array(rest[rest.index(after: space)..<end])] = String(
        decoding: rest[..<space], as: UTF8.self)
      rest = rest[(end + 1 + hashBytes)...]
    }
    return modes
  }
}
