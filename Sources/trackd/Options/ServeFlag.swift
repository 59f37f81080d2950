import Crypto
import EventLoop
import RPC
import TLS
import TrackDomain

/// The flags of `trackd serve`: name, environment variable, and the effect of a value.
enum ServeFlag: CaseIterable {
  case listen, unixMode, data, store, storeFile, storeNotify, requireSyncStandby, loops, logLevel,
    logFormat,
    logRate, grace, stepTimeout, stepAttempts
  case changeLogRetention, requestIdRetention, supersededImageRetention
  case releaseManagement, buildService, deployer, resourceDeleter, subscriptions
  case remoteCA, remoteCertificate, remoteKey
  case maxConnections, maxIdlePerPeer, idleTimeout, watchHeartbeat
  case keepaliveTime, keepaliveTimeout, minPingInterval, maxConnectionAge, maxConnectionAgeGrace
  case lameDuck, maxCalls, shedMemory, shedLag
  case corsOrigin, allowedHosts
  case gitCredentials, gitSSHKey, gitKnownHosts, gitCA, gitAllowHost, gitAllowFile,
    gitCacheRetention, gitCacheSize
  case dataGroup, acceptDataLoss, channelz
  case adminListen, adminOpenMetrics, slowCall, otlp, otlpCA, otlpCertificate, otlpKey, traceSample
  case authTokens, authConfig, insecureNoAuth, policy
  case auditRetention, auditLog, auditKey
  case tlsCertificate, tlsKey, tlsOtherHosts, tlsClientCA, tlsClientAuth, tlsRevocations, tlsMinimum
  case tlsHandshakeRate

  var name: String {
    switch self {
    case .listen: "--listen"
    case .unixMode: "--unix-mode"
    case .data: "--data"
    case .store: "--store"
    case .storeFile: "--store-file"
    case .storeNotify: "--store-notify"
    case .requireSyncStandby: "--require-sync-standby"
    case .loops: "--loops"
    case .logLevel: "--log-level"
    case .logFormat: "--log-format"
    case .logRate: "--log-rate"
    case .grace: "--grace"
    case .stepTimeout: "--step-timeout"
    case .stepAttempts: "--step-attempts"
    case .changeLogRetention: "--change-log-retention"
    case .requestIdRetention: "--request-id-retention"
    case .supersededImageRetention: "--superseded-image-retention"
    case .releaseManagement: "--release-management"
    case .buildService: "--build-service"
    case .deployer: "--deployer"
    case .resourceDeleter: "--resource-deleter"
    case .subscriptions: "--subscriptions"
    case .remoteCA: "--remote-ca"
    case .remoteCertificate: "--remote-cert"
    case .remoteKey: "--remote-key"
    case .maxConnections: "--max-connections"
    case .maxIdlePerPeer: "--max-idle-per-peer"
    case .idleTimeout: "--idle-timeout"
    case .watchHeartbeat: "--watch-heartbeat"
    case .keepaliveTime: "--keepalive-time"
    case .keepaliveTimeout: "--keepalive-timeout"
    case .minPingInterval: "--min-ping-interval"
    case .maxConnectionAge: "--max-connection-age"
    case .maxConnectionAgeGrace: "--max-connection-age-grace"
    case .lameDuck: "--lame-duck"
    case .maxCalls: "--max-calls"
    case .shedMemory: "--shed-memory"
    case .shedLag: "--shed-lag"
    case .corsOrigin: "--cors-origin"
    case .allowedHosts: "--allowed-hosts"
    case .gitCredentials: "--git-credentials"
    case .gitSSHKey: "--git-ssh-key"
    case .gitKnownHosts: "--git-known-hosts"
    case .gitCA: "--git-ca"
    case .gitAllowHost: "--git-allow-host"
    case .gitAllowFile: "--git-allow-file"
    case .gitCacheRetention: "--git-cache-retention"
    case .gitCacheSize: "--git-cache-size"
    case .dataGroup: "--data-group"
    case .acceptDataLoss: "--accept-data-loss"
    case .channelz: "--channelz"
    case .adminListen: "--admin-listen"
    case .adminOpenMetrics: "--admin-open-metrics"
    case .slowCall: "--slow-call"
    case .policy: "--policy"
    case .otlp: "--otlp"
    case .otlpCA: "--otlp-ca"
    case .otlpCertificate: "--otlp-cert"
    case .otlpKey: "--otlp-key"
    case .traceSample: "--trace-sample"
    case .auditRetention: "--audit-retention"
    case .auditLog: "--audit-log"
    case .auditKey: "--audit-key"
    case .authTokens: "--auth-tokens"
    case .authConfig: "--auth-config"
    case .insecureNoAuth: "--insecure-no-auth"
    case .tlsCertificate: "--tls-cert"
    case .tlsKey: "--tls-key"
    case .tlsOtherHosts: "--tls-sni"
    case .tlsClientCA: "--tls-client-ca"
    case .tlsClientAuth: "--tls-client-auth"
    case .tlsRevocations: "--tls-crl"
    case .tlsMinimum: "--tls-min"
    case .tlsHandshakeRate: "--tls-handshake-rate"
    }
  }

  /// The environment variable that stands in for the flag.
  var variable: String {
    switch self {
    case .listen: "TRACKD_LISTEN"
    case .unixMode: "TRACKD_UNIX_MODE"
    case .data: "TRACKD_DATA"
    case .store: "TRACKD_STORE"
    case .storeFile: "TRACKD_STORE_FILE"
    case .storeNotify: "TRACKD_STORE_NOTIFY"
    case .requireSyncStandby: "TRACKD_REQUIRE_SYNC_STANDBY"
    case .loops: "TRACKD_LOOPS"
    case .logLevel: "TRACKD_LOG_LEVEL"
    case .logFormat: "TRACKD_LOG_FORMAT"
    case .logRate: "TRACKD_LOG_RATE"
    case .grace: "TRACKD_GRACE"
    case .stepTimeout: "TRACKD_STEP_TIMEOUT"
    case .stepAttempts: "TRACKD_STEP_ATTEMPTS"
    case .changeLogRetention: "TRACKD_CHANGE_LOG_RETENTION"
    case .requestIdRetention: "TRACKD_REQUEST_ID_RETENTION"
    case .supersededImageRetention: "TRACKD_SUPERSEDED_IMAGE_RETENTION"
    case .releaseManagement: "TRACKD_RELEASE_MANAGEMENT"
    case .buildService: "TRACKD_BUILD_SERVICE"
    case .deployer: "TRACKD_DEPLOYER"
    case .resourceDeleter: "TRACKD_RESOURCE_DELETER"
    case .subscriptions: "TRACKD_SUBSCRIPTIONS"
    case .remoteCA: "TRACKD_REMOTE_CA"
    case .remoteCertificate: "TRACKD_REMOTE_CERT"
    case .remoteKey: "TRACKD_REMOTE_KEY"
    case .maxConnections: "TRACKD_MAX_CONNECTIONS"
    case .maxIdlePerPeer: "TRACKD_MAX_IDLE_PER_PEER"
    case .idleTimeout: "TRACKD_IDLE_TIMEOUT"
    case .watchHeartbeat: "TRACKD_WATCH_HEARTBEAT"
    case .keepaliveTime: "TRACKD_KEEPALIVE_TIME"
    case .keepaliveTimeout: "TRACKD_KEEPALIVE_TIMEOUT"
    case .minPingInterval: "TRACKD_MIN_PING_INTERVAL"
    case .maxConnectionAge: "TRACKD_MAX_CONNECTION_AGE"
    case .maxConnectionAgeGrace: "TRACKD_MAX_CONNECTION_AGE_GRACE"
    case .lameDuck: "TRACKD_LAME_DUCK"
    case .maxCalls: "TRACKD_MAX_CALLS"
    case .shedMemory: "TRACKD_SHED_MEMORY"
    case .shedLag: "TRACKD_SHED_LAG"
    case .corsOrigin: "TRACKD_CORS_ORIGIN"
    case .allowedHosts: "TRACKD_ALLOWED_HOSTS"
    case .gitCredentials: "TRACKD_GIT_CREDENTIALS"
    case .gitSSHKey: "TRACKD_GIT_SSH_KEY"
    case .gitKnownHosts: "TRACKD_GIT_KNOWN_HOSTS"
    case .gitCA: "TRACKD_GIT_CA"
    case .gitAllowHost: "TRACKD_GIT_ALLOW_HOST"
    case .gitAllowFile: "TRACKD_GIT_ALLOW_FILE"
    case .gitCacheRetention: "TRACKD_GIT_CACHE_RETENTION"
    case .gitCacheSize: "TRACKD_GIT_CACHE_SIZE"
    case .dataGroup: "TRACKD_DATA_GROUP"
    case .acceptDataLoss: "TRACKD_ACCEPT_DATA_LOSS"
    case .channelz: "TRACKD_CHANNELZ"
    case .adminListen: "TRACKD_ADMIN_LISTEN"
    case .adminOpenMetrics: "TRACKD_ADMIN_OPEN_METRICS"
    case .slowCall: "TRACKD_SLOW_CALL"
    case .policy: "TRACKD_POLICY"
    case .otlp: "TRACKD_OTLP"
    case .otlpCA: "TRACKD_OTLP_CA"
    case .otlpCertificate: "TRACKD_OTLP_CERT"
    case .otlpKey: "TRACKD_OTLP_KEY"
    case .traceSample: "TRACKD_TRACE_SAMPLE"
    case .auditRetention: "TRACKD_AUDIT_RETENTION"
    case .auditLog: "TRACKD_AUDIT_LOG"
    case .auditKey: "TRACKD_AUDIT_KEY"
    case .authTokens: "TRACKD_AUTH_TOKENS"
    case .authConfig: "TRACKD_AUTH_CONFIG"
    case .insecureNoAuth: "TRACKD_INSECURE_NO_AUTH"
    case .tlsCertificate: "TRACKD_TLS_CERT"
    case .tlsKey: "TRACKD_TLS_KEY"
    case .tlsOtherHosts: "TRACKD_TLS_SNI"
    case .tlsClientCA: "TRACKD_TLS_CLIENT_CA"
    case .tlsClientAuth: "TRACKD_TLS_CLIENT_AUTH"
    case .tlsRevocations: "TRACKD_TLS_CRL"
    case .tlsMinimum: "TRACKD_TLS_MIN"
    case .tlsHandshakeRate: "TRACKD_TLS_HANDSHAKE_RATE"
    }
  }

  var valueHelp: String {
    switch self {
    case .listen, .adminListen: "IPV4:PORT, [IPV6]:PORT, unix:PATH or unix-abstract:NAME"
    case .unixMode: "an octal number from 0000 to 0777"
    case .data: "a directory"
    case .store, .storeNotify: "postgresql://USER@HOST/DATABASE, as libpq takes it"
    case .loops: "a number from 1 to \(Self.maximumLoops)"
    case .logLevel: LogLevel.allCases.map(\.rawValue).joined(separator: ", ")
    case .logFormat: LogFormat.allCases.map(\.rawValue).joined(separator: ", ")
    case .logRate: "a number from 0 to \(Self.maximumLogRate)"
    case .grace, .lameDuck: "seconds from 0 to \(Self.maximumGraceSeconds)"
    case .corsOrigin: "scheme://host, scheme://host:port (as browsers write it) or *"
    case .allowedHosts: "names or addresses without a port, *.domain or *, separated by commas"
    case .stepAttempts: "a number from 1 to \(Self.maximumStepAttempts)"
    case .releaseManagement, .buildService, .deployer, .resourceDeleter, .subscriptions:
      RemoteAddresses.help
    case .stepTimeout, .changeLogRetention, .requestIdRetention, .supersededImageRetention,
      .gitCacheRetention, .idleTimeout, .watchHeartbeat, .keepaliveTime, .keepaliveTimeout,
      .minPingInterval, .maxConnectionAge, .maxConnectionAgeGrace, .auditRetention:
      DurationText.help
    case .gitCacheSize, .shedMemory: SizeText.help
    case .shedLag: "milliseconds from 0 to \(Self.maximumLagMilliseconds)"
    case .maxConnections, .maxIdlePerPeer, .maxCalls:
      "a number from 1 to \(Self.maximumConnections)"
    case .slowCall: DurationText.shortHelp
    case .otlp: RemoteAddresses.help
    case .traceSample: "a number from 0 to 1, such as 0.05"
    case .gitCredentials, .gitSSHKey, .gitKnownHosts, .gitCA, .authTokens, .authConfig, .policy,
      .auditLog, .auditKey, .storeFile:
      "a file"
    case .gitAllowHost: "names, *.domain, addresses or blocks (10.0.0.0/8), separated by commas"
    case .tlsCertificate, .tlsKey, .tlsClientCA, .tlsRevocations, .remoteCA, .remoteCertificate,
      .remoteKey, .otlpCA, .otlpCertificate, .otlpKey:
      "a file in PEM"
    case .tlsOtherHosts: "a directory"
    case .tlsClientAuth: ClientAuthentication.allCases.map(\.rawValue).joined(separator: ", ")
    case .tlsHandshakeRate: "a number from 0 to \(Self.maximumConnections)"
    case .tlsMinimum: TLSVersion.allCases.map(\.rawValue).joined(separator: " or ")
    case .gitAllowFile, .acceptDataLoss, .channelz, .insecureNoAuth, .adminOpenMetrics,
      .requireSyncStandby:
      "true or false"
    case .dataGroup: "the name or number of a group"
    }
  }

  /// The value of the flag when it has none; nil when it needs one.
  var impliedValue: String? {
    switch self {
    case .gitAllowFile, .acceptDataLoss, .channelz, .insecureNoAuth, .adminOpenMetrics,
      .requireSyncStandby:
      "true"
    default: nil
    }
  }

  /// Whether the flag may be given several times.
  var repeats: Bool { [.listen, .corsOrigin, .allowedHosts, .gitAllowHost].contains(self) }

  static let maximumLoops = 256
  static let maximumLogRate = 1_000_000
  static let maximumGraceSeconds = 3600
  static let maximumStepAttempts = 1000
  static let maximumConnections = 1_000_000
  static let maximumLagMilliseconds = 60_000

  /// - Parameter source: the flag or variable that the value came from, for the error text.
  func apply(
    _ value: String, to options: inout ServeOptions, source: String
  ) throws(UsageError) {
    switch self {
    case .listen: options.listen.append(try Self.address(value, source: source))
    case .unixMode:
      guard (3...4).contains(value.utf8.count), let mode = UInt32(octal: value), mode <= 0o777
      else { throw invalid(value, source) }
      options.unixMode = mode
    case .data:
      guard !value.isEmpty else { throw invalid(value, source) }
      options.dataDirectory = value
    case .store: try setStore(.given(address(value, source), isSeen: source == name), &options)
    case .storeFile:
      guard !StoreAddress.isMeant(by: value) else {
        throw UsageError("\(source) names a file that holds the URL; a URL itself is for --store")
      }
      try setStore(.file(try file(value, source)), &options)
    case .storeNotify:
      options.storeNotify = .given(try address(value, source), isSeen: source == name)
    case .requireSyncStandby: options.requiresSyncStandby = try flag(value, source)
    case .loops: options.loops = try number(value, in: 1...Self.maximumLoops, source)
    case .logLevel:
      guard let level = LogLevel(rawValue: value) else { throw invalid(value, source) }
      options.logLevel = level
    case .logFormat:
      guard let format = LogFormat(rawValue: value) else { throw invalid(value, source) }
      options.logFormat = format
    case .logRate: options.logRate = try number(value, in: 0...Self.maximumLogRate, source)
    case .grace:
      options.grace = .seconds(try number(value, in: 0...Self.maximumGraceSeconds, source))
    case .stepTimeout: options.stepTimeout = try duration(value, source)
    case .stepAttempts:
      options.stepAttempts = try number(value, in: 1...Self.maximumStepAttempts, source)
    case .changeLogRetention: options.changeLogRetention = try duration(value, source)
    case .requestIdRetention: options.requestIdRetention = try duration(value, source)
    case .supersededImageRetention:
      options.supersededImageRetention = try duration(value, source)
    case .releaseManagement: options.remotes.releaseManagement = try remote(value, source)
    case .buildService: options.remotes.buildService = try remote(value, source)
    case .deployer: options.remotes.deployer = try remote(value, source)
    case .resourceDeleter: options.remotes.resourceDeleter = try remote(value, source)
    case .subscriptions: options.remotes.subscriptions = try remote(value, source)
    case .remoteCA: options.remotes.tls.authorities = try file(value, source)
    case .remoteCertificate: options.remotes.tls.certificate = try file(value, source)
    case .remoteKey: options.remotes.tls.key = try file(value, source)
    case .maxConnections:
      options.maxConnections = try number(value, in: 1...Self.maximumConnections, source)
    case .maxIdlePerPeer:
      options.maxIdlePerPeer = try number(value, in: 1...Self.maximumConnections, source)
    case .idleTimeout: options.idleTimeout = try duration(value, source)
    case .watchHeartbeat: options.watchHeartbeat = try duration(value, source)
    case .keepaliveTime: options.keepaliveTime = try duration(value, source)
    case .keepaliveTimeout: options.keepaliveTimeout = try duration(value, source)
    case .minPingInterval: options.minPingInterval = try duration(value, source)
    case .maxConnectionAge: options.maxConnectionAge = try duration(value, source)
    case .maxConnectionAgeGrace: options.maxConnectionAgeGrace = try duration(value, source)
    case .lameDuck:
      options.lameDuck = .seconds(try number(value, in: 0...Self.maximumGraceSeconds, source))
    case .maxCalls:
      options.maxCalls = try number(value, in: 1...Self.maximumConnections, source)
    case .shedMemory:
      guard let bytes = SizeText.parse(value) else { throw invalid(value, source) }
      options.shedMemoryBytes = Int(bytes)
    case .shedLag:
      let milliseconds = try number(value, in: 0...Self.maximumLagMilliseconds, source)
      options.shedLag = milliseconds == 0 ? nil : .milliseconds(milliseconds)
    case .corsOrigin:
      guard let origin = OriginPattern(value) else { throw invalid(value, source) }
      options.web.origins.append(origin)
    case .allowedHosts:
      for name in value.split(separator: ",", omittingEmptySubsequences: false) {
        guard let host = HostPattern(String(name)) else { throw invalid(String(name), source) }
        options.web.hosts.append(host)
      }
    case .gitCredentials: options.gitCredentials = try file(value, source)
    case .gitSSHKey: options.gitSSHKey = try file(value, source)
    case .gitKnownHosts: options.gitKnownHosts = try file(value, source)
    case .gitCA: options.gitCA = try file(value, source)
    case .gitAllowHost:
      for text in value.split(separator: ",", omittingEmptySubsequences: false) {
        options.gitAllowedHosts.append(try allowedHost(String(text), source))
      }
    case .gitAllowFile: options.gitAllowFile = try flag(value, source)
    case .dataGroup:
      guard let group = UserGroup.number(value) else { throw invalid(value, source) }
      options.dataGroup = group
    case .acceptDataLoss: options.acceptsDataLoss = try flag(value, source)
    case .channelz: options.channelz = try flag(value, source)
    case .adminListen: options.admin.listen = try Self.address(value, source: source)
    case .adminOpenMetrics: options.admin.opensMetrics = try flag(value, source)
    case .slowCall:
      guard let duration = DurationText.parseShort(value) else { throw invalid(value, source) }
      options.slowCall = duration
    case .policy: options.policy = try file(value, source)
    case .otlp:
      guard RemoteAddresses.isValid(value) else { throw invalid(value, source) }
      options.otlp = value
    case .otlpCA: options.otlpTLS.authorities = try file(value, source)
    case .otlpCertificate: options.otlpTLS.certificate = try file(value, source)
    case .otlpKey: options.otlpTLS.key = try file(value, source)
    case .traceSample:
      guard value.utf8.count <= 10, let ratio = Double(value), (0...1).contains(ratio) else {
        throw invalid(value, source)
      }
      options.traceSample = ratio
    case .auditRetention: options.auditRetention = try duration(value, source)
    case .auditLog: options.auditLog = try file(value, source)
    case .auditKey: options.auditKey = try file(value, source)
    case .authTokens: options.authTokens = try file(value, source)
    case .authConfig: options.authConfig = try file(value, source)
    case .insecureNoAuth: options.insecureNoAuth = try flag(value, source)
    case .tlsCertificate: options.tls.certificate = try file(value, source)
    case .tlsKey: options.tls.key = try file(value, source)
    case .tlsOtherHosts: options.tls.otherHosts = try file(value, source)
    case .tlsClientCA: options.tls.clientAuthorities = try file(value, source)
    case .tlsRevocations: options.tls.revocationLists = try file(value, source)
    case .tlsClientAuth:
      guard let mode = ClientAuthentication(rawValue: value) else { throw invalid(value, source) }
      options.tls.clientAuthentication = mode
    case .tlsHandshakeRate:
      let rate = try number(value, in: 0...Self.maximumConnections, source)
      options.handshakeRate = rate == 0 ? nil : rate
    case .tlsMinimum:
      guard let version = TLSVersion(rawValue: value) else { throw invalid(value, source) }
      options.tls.minimumVersion = version
    case .gitCacheRetention: options.gitCacheRetention = try duration(value, source)
    case .gitCacheSize:
      guard let bytes = SizeText.parse(value) else { throw invalid(value, source) }
      options.gitCacheBytes = bytes
    }
  }

  static func address(_ value: String, source: String) throws(UsageError) -> SocketAddress {
    guard let address = SocketAddress(value) else {
      throw UsageError(
        "\(source): '\(value)' is not an address; expected \(ServeFlag.listen.valueHelp)")
    }
    return address
  }

  private func address(_ value: String, _ source: String) throws(UsageError) -> StoreAddress {
    do throws(StoreAddress.Fault) {
      return try StoreAddress(value)
    } catch {
      throw UsageError("\(source): \(error); expected \(valueHelp)")
    }
  }

  private func setStore(
    _ store: StoreSource, _ options: inout ServeOptions
  ) throws(UsageError) {
    guard options.store == nil else {
      throw UsageError(
        "the store is named twice: by \(Self.store.name) or \(Self.store.variable), and by "
          + "\(Self.storeFile.name) or \(Self.storeFile.variable)")
    }
    options.store = store
  }

  /// Whether the flag is about the store in the data folder.
  var isOfSQLite: Bool { self == .acceptDataLoss || self == .dataGroup }

  /// Whether the flag is about a store on PostgreSQL.
  var isOfPostgreSQL: Bool { self == .requireSyncStandby || self == .storeNotify }

  private func number(
    _ value: String, in range: ClosedRange<Int>, _ source: String
  ) throws(UsageError) -> Int {
    guard let number = Int(value), range.contains(number) else { throw invalid(value, source) }
    return number
  }

  private func file(_ value: String, _ source: String) throws(UsageError) -> String {
    guard !value.isEmpty else { throw invalid(value, source) }
    return value
  }

  private func allowedHost(_ value: String, _ source: String) throws(UsageError) -> AllowedHost {
    do throws(AllowedHost.Fault) {
      return try AllowedHost(value)
    } catch .neverAllowed {
      throw UsageError(
        "\(source): '\(value)' holds addresses at which no Git server may be; name the networks that "
          + "are yours")
    } catch {
      throw invalid(value, source)
    }
  }

  private func flag(_ value: String, _ source: String) throws(UsageError) -> Bool {
    guard let flag = Bool(value) else { throw invalid(value, source) }
    return flag
  }

  private func duration(_ value: String, _ source: String) throws(UsageError) -> Duration {
    guard let duration = DurationText.parse(value) else { throw invalid(value, source) }
    return duration
  }

  private func remote(_ value: String, _ source: String) throws(UsageError) -> String {
    guard RemoteAddresses.isValid(value) else { throw invalid(value, source) }
    return value
  }

  private func invalid(_ value: String, _ source: String) -> UsageError {
    UsageError("\(source): '\(value)' is not valid; expected \(valueHelp)")
  }
}

extension UInt32 {
  /// Octal digits, and nothing else.
  fileprivate init?(octal text: String) {
    guard text.utf8.allSatisfy({ (0x30...0x37).contains($0) }) else { return nil }
    self.init(text, radix: 8)
  }
}
