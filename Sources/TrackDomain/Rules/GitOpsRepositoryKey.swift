import Wire

/// What tells whether two URLs are those of one repository.
public enum GitOpsRepositoryKey {
  /// The same for all spellings of a repository: with another case of the host, with its default port,
  /// over https or ssh, with or without a user, `.git` or a slash at the end. Empty for trackd's own.
  public static func key(_ url: String) -> String {
    let lower = url.lowercased()
    for (scheme, port) in [("https://", "443"), ("ssh://", "22")] where lower.hasPrefix(scheme) {
      let rest = url.dropFirst(scheme.count)
      let slash = rest.firstIndex(of: "/") ?? rest.endIndex
      return key(host: rest[..<slash], defaultPort: port, path: unescaped(rest[slash...]))
    }
    if lower.hasPrefix("file://") { return file(unescaped(url.dropFirst(7))) }
    if url.hasPrefix("/") { return file(url) }
    guard let colon = url.firstIndex(of: ":") else { return url }
    // `user@host:path`
    return key(
      host: url[..<colon], defaultPort: "", path: String(url[url.index(after: colon)...]))
  }

  private static func key(host: Substring, defaultPort: String, path: String) -> String {
    var host = (host.lastIndex(of: "@").map { host[host.index(after: $0)...] } ?? host).lowercased()
    if !defaultPort.isEmpty, host.hasSuffix(":" + defaultPort) {
      host.removeLast(defaultPort.count + 1)
    }
    var segments = GitOpsFolder.segments(path)
    // The home of ssh's user.
    if segments.first == "~" { segments.removeFirst() }
    if var last = segments.popLast() {
      if last.hasSuffix(".git"), last.count > 4 { last.removeLast(4) }
      segments.append(last)
    }
    return host + "/" + segments.joined(separator: "/")
  }

  private static func file(_ path: String) -> String {
    "/" + GitOpsFolder.segments(path).joined(separator: "/")
  }

  /// With `%2F` and the like as what they stand for; as it is where that makes no text.
  private static func unescaped(_ text: Substring) -> String {
    let bytes = PercentEncoding.decodeLeniently(text.utf8.span)
    return String(validating: bytes, as: UTF8.self) ?? String(text)
  }
}

extension DeploymentPlace {
  /// Whether that is the same folder, however it is written.
  public func isSame(as other: DeploymentPlace) -> Bool {
    branch == other.branch
      && GitOpsRepositoryKey.key(repositoryURL) == GitOpsRepositoryKey.key(other.repositoryURL)
      && GitOpsFolder.segments(path) == GitOpsFolder.segments(other.path)
  }
}

extension Environment {
  /// A caller who names no folder or no branch leaves the one there is, the branch as long as the
  /// repository is the same: who does again what was done once moves nothing. A new environment has a
  /// folder of its own: its id.
  public func settled(from former: Environment?) -> Environment {
    var settled = self
    if gitopsPath.isEmpty { settled.gitopsPath = former?.gitopsPath ?? id }
    guard let former else { return settled }
    let isSameRepository =
      GitOpsRepositoryKey.key(gitopsRepositoryURL)
      == GitOpsRepositoryKey.key(former.gitopsRepositoryURL)
    if gitopsBranch.isEmpty, isSameRepository { settled.gitopsBranch = former.gitopsBranch }
    return settled
  }
}
