public import TrackDomain

/// How trackd uses `git`.
public struct GitSettings: Sendable, Hashable {
  /// trackd's own directory. Copies of repositories are in its `git`, the embedded GitOps
  /// repository in its `gitops.git`.
  public var dataDirectory: String
  /// A file of git-credential-store(1), for https. It is only read.
  public var credentialsFile: String?
  /// A private key for ssh.
  public var sshKeyFile: String?
  /// The keys of ssh hosts (sshd(8)). Without it ssh is not used.
  public var knownHostsFile: String?
  /// The certificates of the only authorities that https believes, in PEM; nil for the system's.
  public var caFile: String?
  /// Where URLs of repositories may lead.
  public var outbound: OutboundRules
  /// Whether repositories may be local paths.
  public var allowsFiles: Bool
  /// How long an unused copy of a repository is kept.
  public var cacheRetention: Duration
  /// The most bytes of all copies. A copy that is in use may exceed them for a while.
  public var cacheBytes: Int64
  /// Whether the group of the embedded GitOps repository may read it.
  public var sharesGitOps = false
  /// The longest time of one command that speaks to a server.
  public var networkTime: Duration
  /// The pauses of hosts that do not answer.
  var pauses = HostPauses.Limits()
  /// The most bytes of one file of a copy, packs included: this limits the size of repositories.
  public var maximumFileBytes: UInt64

  public init(
    dataDirectory: String, credentialsFile: String? = nil, sshKeyFile: String? = nil,
    knownHostsFile: String? = nil, caFile: String? = nil,
    outbound: OutboundRules = OutboundRules(),
    allowsFiles: Bool = false, cacheRetention: Duration = .seconds(30 * 24 * 3600),
    cacheBytes: Int64 = 2 << 30,
    networkTime: Duration = .seconds(45), maximumFileBytes: UInt64 = 2 << 30
  ) {
    self.dataDirectory = dataDirectory
    self.credentialsFile = credentialsFile
    self.sshKeyFile = sshKeyFile
    self.knownHostsFile = knownHostsFile
    self.caFile = caFile
    self.outbound = outbound
    self.allowsFiles = allowsFiles
    self.cacheRetention = cacheRetention
    self.cacheBytes = cacheBytes
    self.networkTime = networkTime
    self.maximumFileBytes = maximumFileBytes
  }
}
