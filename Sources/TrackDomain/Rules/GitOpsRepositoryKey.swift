import Wire

/// A key that two URLs share exactly when they name the same repository.
public enum GitOpsRepositoryKey {
  /// The key is the same for all spellings of a URL: any case of the host, with its default port,
  /// over https or ssh, with or without a user, `.git` or a slash at the end. It is empty for
  /// trackd's own repository.
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
    // ssh's home directory.
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

  /// Decodes percent escapes; the text as it is where the result is not UTF-8.
  private static func unescaped(_ text: Substring) -> String {
    let bytes = PercentEncoding.decodeLeniently(text.utf8.span)
    return String(validating: bytes, as: UTF8.self) ?? String(text)
  }
}

extension DeploymentPlace {
  /// Whether both are the same folder, in whatever spelling.
  public func isSame(as other: DeploymentPlace) -> Bool {
    branch == other.branch
      && GitOpsRepositoryKey.key(repositoryURL) == GitOpsRepositoryKey.key(other.repositoryURL)
      && GitOpsFolder.segments(path) == GitOpsFolder.segments(other.path)
  }
}

extension Environment {
  /// The environment as it is stored. A caller who names no folder keeps the former one, and a
  /// caller who names no branch keeps the former one as long as the repository is the same:
  /// repeating a request moves nothing. A new environment's folder is its id.
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
