import EventLoop

/// What `trackd serve` was told to do.
struct ServeOptions: Equatable {
  var listen: [SocketAddress] = []
  /// The permissions of the files of Unix sockets.
  var unixMode: UInt32 = 0o660
  var dataDirectory = "./trackd-data"
  /// The group that may read the GitOps repository in there.
  var dataGroup: UInt32?
  /// Whether to start without acknowledged writes that a damaged or lost file had.
  var acceptsDataLoss = false
  /// Event loops; nil means one per core.
  var loops: Int?
  var logLevel = LogLevel.info
  var logFormat = LogFormat.text
  /// Log lines a second of one kind and peer; no limit when 0.
  var logRate = 1000
  /// How long calls in flight may go on once a drain began.
  var grace = Duration.seconds(30)
  /// Connections at once; for one more the longest idle one makes room.
  var maxConnections = 4_000
  /// Idle connections that one host may have; nil for any number.
  var maxIdlePerPeer: Int?
  /// How long a connection may be without a call.
  var idleTimeout = Duration.seconds(30 * 60)
  /// How often a watch gets a message, whatever happens.
  var watchHeartbeat = Duration.seconds(25)
  /// How long one step of a deployment may take outside of trackd.
  var stepTimeout = Duration.seconds(60)
  /// How often it is tried.
  var stepAttempts = 6
  /// Where to kill this process, in tests.
  var killHook: KillHook?
  /// How long changes stay in the log, and with it how far back a watch can resume.
  var changeLogRetention = Duration.seconds(30 * 24 * 3600)
  /// How long requests with an id are remembered.
  var requestIdRetention = Duration.seconds(24 * 3600)
  /// How long superseded images stay that were never deployed with success.
  var supersededImageRetention = Duration.seconds(90 * 24 * 3600)
  var remotes = RemoteAddresses()
  /// A file of git-credential-store(1), for repositories over https.
  var gitCredentials: String?
  /// A private key, for repositories over ssh.
  var gitSSHKey: String?
  /// Whether repositories may be paths of this machine.
  var gitAllowFile = false
  /// How long the copy of a repository stays that nobody asks for.
  var gitCacheRetention = Duration.seconds(30 * 24 * 3600)
  /// How much room all copies of repositories may take.
  var gitCacheBytes: Int64 = 2 << 30
}

/// What the command line asks for.
enum Command: Equatable {
  case serve(ServeOptions)
  case help(String)
  case version
}

/// A command line or environment that makes no sense; one line for the user.
struct UsageError: Error, Equatable {
  let message: String
  init(_ message: String) { self.message = message }
}
