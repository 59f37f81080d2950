public import EventLoop

/// Checks the files with the credentials of git and ssh before trackd starts: otherwise each
/// deployment would fail on its own.
public enum GitCredentialFiles {
  /// Why git or ssh could not use a file.
  public enum Problem: Error, Sendable, Hashable, CustomStringConvertible {
    case missing(String)
    case noFile(String)
    case unreadable(String)
    /// Others can read the key: ssh refuses to use it.
    case readableByOthers(String)
    case hasPassphrase(String)
    /// The file is damaged, or no key.
    case noKey(String)
    /// There is no certificate in the file.
    case noCertificate(String)

    public var description: String {
      switch self {
      case .missing(let path): "there is no file '\(path)'"
      case .noFile(let path): "'\(path)' is no file"
      case .unreadable(let path): "'\(path)' cannot be read"
      case .readableByOthers(let path):
        "ssh uses no key that others can read: chmod 600 '\(path)'"
      case .hasPassphrase(let path):
        "the key '\(path)' has a passphrase, which nobody is there to type"
      case .noKey(let path): "'\(path)' holds no private key that ssh understands"
      case .noCertificate(let path): "'\(path)' holds no certificate in PEM"
      }
    }
  }

  /// Checks that git can use a file of git-credential-store(1).
  public static func checkCredentials(_ path: String) throws(Problem) {
    try checkReadable(path)
  }

  /// Checks that ssh can use a private key, according to ssh-keygen(1). Blocks for a moment.
  ///
  /// - Parameter environment: of this process; its PATH is searched.
  public static func checkKey(
    _ path: String, environment: [String: String] = ProcessEnvironment.variables
  ) throws(Problem) {
    try checkReadable(path)
    let search = environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
    guard let keygen = GitFiles().program("ssh-keygen", path: search) else { return }
    let command = ChildCommand(
      path: keygen, arguments: ["-y", "-P", "", "-f", path],
      environment: ["PATH": search, "LC_ALL": "C"])
    // A failure to run ssh-keygen says nothing about the key.
    guard let child = try? ChildProcess(command),
      let output = try? child.finish(limits: ChildLimits(time: .seconds(10))), !output.isSuccess
    else { return }
    let words = String(decoding: output.error, as: UTF8.self).lowercased()
    let problems: [(sign: String, problem: Problem)] = [
      ("too open", .readableByOthers(path)), ("bad permissions", .readableByOthers(path)),
      ("passphrase", .hasPassphrase(path)), ("invalid format", .noKey(path)),
      ("libcrypto", .noKey(path)), ("not a private key", .noKey(path)),
      ("permission denied", .unreadable(path)),
    ]
    if let found = problems.first(where: { words.contains($0.sign) }) { throw found.problem }
  }

  /// Checks that a file of certificates holds one.
  public static func checkCertificates(_ path: String) throws(Problem) {
    try checkReadable(path)
    guard let bytes = GitFiles().content(path, maximumBytes: maximumCertificates) else {
      throw .unreadable(path)
    }
    guard String(decoding: bytes, as: UTF8.self).contains("-----BEGIN CERTIFICATE-----") else {
      throw .noCertificate(path)
    }
  }

  private static let maximumCertificates = 16 << 20

  /// Whether there is a file, and this process may read it.
  public static func isReadable(_ path: String) -> Bool {
    do {
      try checkReadable(path)
      return true
    } catch {
      return false
    }
  }

  /// Checks that there is a file that this process may read.
  public static func checkReadable(_ path: String) throws(Problem) {
    let files = GitFiles()
    guard files.isThere(path) else { throw .missing(path) }
    guard files.isRegular(path) else { throw .noFile(path) }
    guard files.isReadable(path) else { throw .unreadable(path) }
  }
}
