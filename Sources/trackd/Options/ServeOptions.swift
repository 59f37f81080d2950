import EventLoop
import RPC
import TLS
import TrackDomain

/// The options of `trackd serve`.
struct ServeOptions: Equatable {
  var listen: [SocketAddress] = []
  /// The permissions of the files of Unix sockets.
  var unixMode: UInt32 = 0o660
  var dataDirectory = "./trackd-data"
  /// The database that has the store; nil: SQLite, in the data folder.
  var store: StoreSource?
  /// Where its servers tell each other of commits; nil: they look for them.
  var storeNotify: StoreSource?
  /// Whether that refuses writes while no COMMIT of it waits for a standby.
  var requiresSyncStandby = false
  /// The group that may read the embedded GitOps repository.
  var dataGroup: UInt32?
  /// Whether to start even if a damaged or lost file had acknowledged writes.
  var acceptsDataLoss = false
  /// Event loops; nil means one per core.
  var loops: Int?
  var logLevel = LogLevel.info
  var logFormat = LogFormat.text
  /// Log lines per second of one kind and peer; no limit when 0.
  var logRate = 1000
  /// How long calls in flight may continue after a drain began.
  var grace = Duration.seconds(30)
  /// The most connections at once; a further one replaces the longest idle one.
  var maxConnections = 4_000
  /// The most idle connections of one host; nil for any number.
  var maxIdlePerPeer: Int?
  /// How long a connection may be without a call.
  var idleTimeout = Duration.seconds(30 * 60)
  /// How long a client may be silent before it is asked for a sign of life with PING.
  var keepaliveTime = Duration.seconds(2 * 3600)
  /// How long it may take to answer.
  var keepaliveTimeout = Duration.seconds(20)
  /// The shortest time between two PINGs of a client that has calls.
  var minPingInterval = Duration.seconds(300)
  /// The age at which a connection is told to go away; nil for any age.
  var maxConnectionAge: Duration?
  /// How long its calls may take after that; nil for as long as they like.
  var maxConnectionAgeGrace: Duration?
  /// How long trackd serves as before once health says that it stops.
  var lameDuck = Duration.zero
  /// The most calls that run at once.
  var maxCalls = 10_000
  /// Resident memory above which new calls are refused; nil for nine tenths of the control group's
  /// limit, if it has one.
  var shedMemoryBytes: Int?
  /// How late the loops may be before new calls are refused; nil for any time.
  var shedLag: Duration? = .milliseconds(500)
  /// The web pages that may call, and the names of the server.
  var web = WebPolicy()
  /// The time between messages that a watch gets even without changes.
  var watchHeartbeat = Duration.seconds(25)
  /// A file that says who may do what; nil: everybody may do everything.
  var policy: String?
  var tls = TLSOptions()
  /// The files that `tls` names; nil for cleartext.
  var tlsFiles: TLSFiles?
  /// TLS handshakes that one address may begin in a second; nil for any number.
  var handshakeRate: Int? = 100
  /// Whether channelz tells of connections and their peers.
  var channelz = false
  /// The listener for those who run trackd.
  var admin = AdminOptions()
  /// Calls that take longer are logged as slow; nil for none.
  var slowCall: Duration?
  /// The collector that gets spans; nil for none.
  var otlp: String?
  /// The files of the TLS of its connection, if the address begins with `tls:`.
  var otlpTLS = ClientTLSFiles()
  /// How many calls are traced whose caller has not decided: from 0 to 1.
  var traceSample = 0.0
  /// The bearer tokens that trackd takes; nil for none.
  var authTokens: String?
  /// The issuers of JSON Web Tokens that it takes; nil for none.
  var authConfig: String?
  /// Whether everybody may do everything, from anywhere.
  var insecureNoAuth = false
  /// How long one step of a deployment may take in another system.
  var stepTimeout = Duration.seconds(60)
  /// How often a step is tried.
  var stepAttempts = 6
  /// Where tests kill or stop this process.
  var stepHooks: [StepHook] = []
  /// How long changes stay in the log; a watch can resume no earlier change.
  var changeLogRetention = Duration.seconds(30 * 24 * 3600)
  /// How long requests with an id are remembered.
  var requestIdRetention = Duration.seconds(24 * 3600)
  /// How long superseded images stay that were never deployed successfully.
  var supersededImageRetention = Duration.seconds(90 * 24 * 3600)
  /// How long events of the audit stay.
  var auditRetention = Duration.seconds(400 * 24 * 3600)
  /// A file that gets the events of the audit as they come; nil for none.
  var auditLog: String?
  /// The keys that sign the audit; nil for the store's own.
  var auditKey: String?
  var remotes = RemoteAddresses()
  /// A file of git-credential-store(1), for repositories over https.
  var gitCredentials: String?
  /// A private key, for repositories over ssh.
  var gitSSHKey: String?
  /// The keys of ssh hosts.
  var gitKnownHosts: String?
  /// The authorities that https believes, in place of the system's.
  var gitCA: String?
  /// The hosts of repositories that may be on private networks.
  var gitAllowedHosts: [AllowedHost] = []
  /// Whether repositories may be local paths.
  var gitAllowFile = false
  /// How long an unused copy of a repository stays.
  var gitCacheRetention = Duration.seconds(30 * 24 * 3600)
  /// The most bytes of all copies of repositories.
  var gitCacheBytes: Int64 = 2 << 30
}

/// The command that the command line names.
enum Command: Equatable {
  case serve(ServeOptions)
  case store(StoreCommand)
  case help(String)
  case version
}

/// The commands of `trackd store`.
enum StoreCommand: Equatable {
  /// From the data folder to a database of PostgreSQL.
  case copy(directory: String, to: StoreSource, hasDeployer: Bool)
  case backup(directory: String, file: String)
  case restore(directory: String, file: String)
  /// Notes that a store was restored by other means, or ends a restore that stands.
  case restored(RestoredStore, ends: Bool)
}

/// The store that `trackd store restored` is about.
enum RestoredStore: Equatable {
  case directory(String)
  case database(StoreSource)
}

/// The command line or environment is wrong; one line for the user.
struct UsageError: Error, Equatable {
  let message: String
  init(_ message: String) { self.message = message }
}
