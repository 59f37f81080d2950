import TrackDomain

/// The files of a commit, by path. Follows symbolic links as in a checkout, but never out of the
/// repository. Used in the turn of the copy.
struct SourceTree: Sendable {
  /// The object under a path.
  enum Found: Sendable, Hashable {
    case file(hash: String)
    /// A link that leads, directly or on the way, to no file. Holds the fault as a phrase that
    /// follows "a symbolic link that".
    case deadLink(String)
  }

  let copy: SourceCopy
  let commit: String

  /// The most links on the way to one file: POSIX promises no more (_POSIX_SYMLOOP_MAX).
  private static let maximumLinks = 8
  /// The longest target of a link: Linux has no longer paths.
  private static let maximumTarget = 4096
  /// Links in deeper paths are not followed.
  private static let maximumDepth = 64
  /// The most bytes of paths on one command line.
  private static let maximumArguments = 64 << 10

  /// A path that is being looked for.
  private struct Search {
    /// The requested path.
    let path: String
    /// The path so far, after links.
    var segments: [String]
    var links = 0
  }

  /// The object of each path; paths that lead nowhere are left out, as are folders and submodules.
  func find(_ paths: [String]) async throws(IntegrationError) -> [String: Found] {
    var found: [String: Found] = [:]
    var searches = Set(paths.filter(Self.isSound)).sorted().map { path in
      Search(path: path, segments: path.split(separator: "/").map(String.init))
    }
    while !searches.isEmpty {
      let entries = try await entries(searches.flatMap { Self.prefixes($0.segments) })
      var atLinks: [(search: Search, depth: Int, link: GitTreeEntry)] = []
      for search in searches {
        let prefixes = Self.prefixes(search.segments)
        if let depth = prefixes.firstIndex(where: { entries[$0]?.isLink == true }),
          let link = entries[prefixes[depth]]
        {
          atLinks.append((search, depth, link))
        } else if let file = prefixes.last.flatMap({ entries[$0] }), file.isFile {
          found[search.path] = .file(hash: file.hash)
        } else if search.links > 0 {
          found[search.path] = .deadLink("leads to no file of the commit")
        }
      }
      let targets = try await targets(Set(atLinks.map(\.link.hash)))
      searches = []
      for (search, depth, link) in atLinks {
        do throws(DeadLink) {
          searches.append(try Self.follow(search, depth, targets[link.hash]))
        } catch {
          found[search.path] = .deadLink(error.words)
        }
      }
    }
    return found
  }

  // MARK: Paths

  /// Whether a path stays within the repository. Splits bytes, as git does.
  private static func isSound(_ path: String) -> Bool {
    let segments = path.utf8.split(
      separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    return segments.allSatisfy { !$0.isEmpty && !$0.elementsEqual("..".utf8) }
      && !path.utf8.contains(0)
  }

  /// All beginnings of a path, and the path itself at the end.
  private static func prefixes(_ segments: [String]) -> [String] {
    if segments.count > maximumDepth { return [segments.joined(separator: "/")] }
    return segments.indices.map { segments[...$0].joined(separator: "/") }
  }

  private struct DeadLink: Error {
    let words: String
  }

  /// - Parameters:
  ///   - depth: how many segments lead to the link.
  ///   - target: the link's target; nil for a target that cannot be a path.
  private static func follow(
    _ search: Search, _ depth: Int, _ target: String?
  ) throws(DeadLink) -> Search {
    var search = search
    search.links += 1
    guard search.links <= maximumLinks else {
      throw DeadLink(words: "leads through more than \(maximumLinks) links")
    }
    guard let target, !target.isEmpty else { throw DeadLink(words: "leads to no path") }
    guard !target.hasPrefix("/") else { throw DeadLink(words: "leads out of the repository") }
    var segments = Array(search.segments[..<depth])
    for segment in target.split(separator: "/") where segment != "." {
      if segment != ".." {
        segments.append(String(segment))
      } else if segments.popLast() == nil {
        throw DeadLink(words: "leads out of the repository")
      }
    }
    search.segments = segments + search.segments[(depth + 1)...]
    return search
  }

  // MARK: Objects

  /// The entries of the commit at these paths, by path. A folder is left out when one of the paths
  /// is below it.
  private func entries(
    _ paths: [String]
  ) async throws(IntegrationError) -> [String: GitTreeEntry] {
    var entries: [String: GitTreeEntry] = [:]
    for part in Self.parts(Set(paths).sorted()) {
      let output = try await copy.git.output(
        GitCommand(
          "ls-tree", "-z", "--full-tree", commit, operands: part, repository: copy.cache.path))
      for entry in GitTreeEntry.all(in: output) { entries[entry.path] = entry }
    }
    return entries
  }

  private static func parts(_ paths: [String]) -> [[String]] {
    var parts: [[String]] = []
    var bytes = maximumArguments
    for path in paths where !path.isEmpty {
      bytes += path.utf8.count
      if bytes > maximumArguments {
        parts.append([])
        bytes = path.utf8.count
      }
      parts[parts.count - 1].append(path)
    }
    return parts
  }

  /// The targets of links, by the hash of the link; malformed ones are left out.
  private func targets(_ hashes: Set<String>) async throws(IntegrationError) -> [String: String] {
    let hashes = hashes.sorted()
    if hashes.isEmpty { return [:] }
    var objects = try await copy.objects(hashes)
    let missing = zip(hashes, objects).filter { $1 == nil }.map(\.0)
    if !missing.isEmpty {
      try await copy.fetchFiles(missing, of: commit)
      objects = try await copy.objects(hashes)
    }
    let readable = objects.compactMap { $0 }.filter { $0.size <= Self.maximumTarget }.map(\.hash)
    if readable.isEmpty { return [:] }
    let output = try await copy.git.output(
      GitCommand("cat-file", "--batch", repository: copy.cache.path),
      input: Array(readable.map { "\($0)\n" }.joined().utf8), outputBytes: 1 << 20)
    var targets: [String: String] = [:]
    for (object, content) in GitObject.contents(in: output) {
      targets[object.hash] = String(validating: content, as: UTF8.self)
    }
    return targets
  }
}
