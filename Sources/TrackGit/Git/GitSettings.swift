/// How trackd uses `git`.
public struct GitSettings: Sendable, Hashable {
  /// trackd's own directory. Caches go to `git`, the embedded GitOps repository to `gitops.git` in
  /// it.
  public var dataDirectory: String
  /// A file of git-credential-store(1), for https. Only read.
  public var credentialsFile: String?
  /// A private key for ssh.
  public var sshKeyFile: String?
  /// Whether repositories may be paths of this machine.
  public var allowsFiles: Bool
  /// How long the copy of a repository that nobody asks for is kept.
  public var cacheRetention: Duration
  /// The most room that all copies may take. One that is in use may exceed it meanwhile.
  public var cacheBytes: Int64
  /// Whether the group of the embedded GitOps repository may read it.
  public var sharesGitOps = false
  /// The most that one command which speaks to a server may take.
  public var networkTime: Duration
  /// How long hosts that do not answer are left alone.
  var pauses = HostPauses.Limits()
  /// The most that one file of a copy may have, packs included: what a repository may have.
  public var maximumFileBytes: UInt64

  public init(
    dataDirectory: String, credentialsFile: String? = nil, sshKeyFile: String? = nil,
    allowsFiles: Bool = false, cacheRetention: Duration = .seconds(30 * 24 * 3600),
    cacheBytes: Int64 = 2 << 30,
    networkTime: Duration = .seconds(45), maximumFileBytes: UInt64 = 2 << 30
  ) {
    self.dataDirectory = dataDirectory
    self.credentialsFile = credentialsFile
    self.sshKeyFile = sshKeyFile
    self.allowsFiles = allowsFiles
    self.cacheRetention = cacheRetention
    self.cacheBytes = cacheBytes
    self.networkTime = networkTime
    self.maximumFileBytes = maximumFileBytes
  }
}
