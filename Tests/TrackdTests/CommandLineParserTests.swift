import EventLoop
import RPC
import Testing
import TrackController
import TrackDomain

@testable import trackd

@Suite(.timeLimit(.minutes(2))) struct CommandLineParserTests {
  private func serve(
    _ arguments: [String], _ environment: [String: String] = [:]
  ) throws -> ServeOptions {
    let command = try CommandLineParser.parse(["serve"] + arguments, environment: environment)
    guard case .serve(let options) = command else {
      throw UsageError("not serve: \(command)")
    }
    return options
  }

  @Test func `defaults are the documented ones`() throws {
    let options = try serve([])
    #expect(options.listen.map(\.description) == ["127.0.0.1:50051"])
    #expect(options.unixMode == 0o660)
    #expect(options.dataDirectory == "./trackd-data" && options.store == nil)
    #expect(options.loops == nil)
    #expect(options.logLevel == .info)
    #expect(options.logFormat == .text)
    #expect(options.logRate == 1000)
    #expect(options.grace == .seconds(30))
    #expect(options.stepTimeout == .seconds(60))
    #expect(options.stepAttempts == 6)
    #expect(options.maxConnections == 4_000)
    #expect(options.maxIdlePerPeer == nil)
    #expect(options.idleTimeout == .seconds(30 * 60))
    #expect(options.watchHeartbeat == .seconds(25))
    #expect(options.keepaliveTime == .seconds(7200) && options.keepaliveTimeout == .seconds(20))
    #expect(options.minPingInterval == .seconds(300))
    #expect(options.maxConnectionAge == nil && options.maxConnectionAgeGrace == nil)
    #expect(options.lameDuck == .zero)
    #expect(options.maxCalls == 10_000 && options.shedMemoryBytes == nil)
    #expect(options.shedLag == .milliseconds(500))
    #expect(options.web == WebPolicy())
    #expect(options.changeLogRetention == .seconds(30 * 24 * 3600))
    #expect(options.requestIdRetention == .seconds(24 * 3600))
    #expect(options.supersededImageRetention == .seconds(90 * 24 * 3600))
    #expect(options.gitCredentials == nil && options.gitSSHKey == nil)
    #expect(!options.gitAllowFile)
    #expect(options.gitKnownHosts == nil && options.gitCA == nil)
    #expect(options.gitAllowedHosts.isEmpty)
    #expect(options.gitCacheRetention == .seconds(30 * 24 * 3600))
    #expect(options.gitCacheBytes == 2 << 30)
  }

  @Test(arguments: [("660", 0o660), ("0777", 0o777), ("000", 0)] as [(String, UInt32)])
  func `the mode of Unix sockets is octal`(text: String, mode: UInt32) throws {
    #expect(try serve(["--unix-mode", text]).unixMode == mode)
  }

  @Test(arguments: ["", "66", "00660", "0o660", "1777", "668", "+66", "-66", "rw-rw----", "0x1b0"])
  func `what is no mode is refused`(text: String) {
    #expect(throws: UsageError.self) { try serve(["--unix-mode", text]) }
  }

  @Test func `a switch needs no value, and takes one`() throws {
    let options = try serve(["--git-allow-file", "--data", "d", "--git-credentials", "c"])
    #expect(options.gitAllowFile)
    #expect(options.dataDirectory == "d")
    #expect(options.gitCredentials == "c")
    #expect(try !serve(["--git-allow-file=false"], ["TRACKD_GIT_ALLOW_FILE": "true"]).gitAllowFile)
    #expect(try serve(["--git-ssh-key=k"], ["TRACKD_GIT_ALLOW_FILE": "true"]).gitAllowFile)
    #expect(throws: UsageError.self) { try serve(["--git-allow-file=maybe"]) }
  }

  @Test func `flags take their value in either spelling`() throws {
    let options = try serve([
      "--listen", "127.0.0.1:0", "--listen=unix:/tmp/a.sock", "--listen", "[::1]:1",
      "--listen=unix-abstract:trackd", "--data", "d",
      "--loops=3", "--log-level", "debug", "--log-format", "json", "--grace", "5",
      "--change-log-retention=45s", "--request-id-retention", "90m",
      "--superseded-image-retention", "7d", "--step-timeout", "2m", "--step-attempts=3",
      "--git-cache-size", "3MiB",
      "--max-connections=7", "--max-idle-per-peer", "2", "--idle-timeout", "5m",
      "--watch-heartbeat=10s", "--unix-mode", "0600", "--keepalive-time", "1m",
      "--keepalive-timeout=2s", "--min-ping-interval=30s", "--max-connection-age", "1h",
      "--max-connection-age-grace=3m", "--lame-duck", "15", "--max-calls=9",
      "--shed-memory", "5MiB", "--shed-lag=250",
    ])
    #expect(options.maxCalls == 9 && options.shedMemoryBytes == 5 << 20)
    #expect(options.shedLag == .milliseconds(250))
    #expect(options.keepaliveTime == .seconds(60) && options.keepaliveTimeout == .seconds(2))
    #expect(options.minPingInterval == .seconds(30))
    #expect(options.maxConnectionAge == .seconds(3600))
    #expect(options.maxConnectionAgeGrace == .seconds(180))
    #expect(options.lameDuck == .seconds(15))
    #expect(options.unixMode == 0o600)
    #expect(options.watchHeartbeat == .seconds(10))
    #expect(options.maxConnections == 7)
    #expect(options.maxIdlePerPeer == 2)
    #expect(options.idleTimeout == .seconds(300))
    #expect(
      options.listen.map(\.description)
        == ["127.0.0.1:0", "unix:/tmp/a.sock", "[::1]:1", "unix-abstract:trackd"])
    #expect(options.dataDirectory == "d")
    #expect(options.loops == 3)
    #expect(options.logLevel == .debug)
    #expect(options.logFormat == .json)
    #expect(options.grace == .seconds(5))
    #expect(options.stepTimeout == .seconds(120))
    #expect(options.stepAttempts == 3)
    #expect(options.gitCacheBytes == 3 << 20)
    #expect(options.changeLogRetention == .seconds(45))
    #expect(options.requestIdRetention == .seconds(90 * 60))
    #expect(options.supersededImageRetention == .seconds(7 * 24 * 3600))
  }

  @Test func `a flag wins over its variable, which wins over the default`() throws {
    let environment = [
      "TRACKD_LISTEN": "127.0.0.1:1,127.0.0.1:2", "TRACKD_DATA": "env", "TRACKD_LOOPS": "2",
      "TRACKD_LOG_LEVEL": "", "TRACKD_LOG_FORMAT": "json", "TRACKD_GRACE": "0",
      "TRACKD_CHANGE_LOG_RETENTION": "2h", "TRACKD_REQUEST_ID_RETENTION": "3h",
      "TRACKD_SUPERSEDED_IMAGE_RETENTION": "4h", "TRACKD_MAX_CONNECTIONS": "8",
      "TRACKD_MAX_IDLE_PER_PEER": "3", "TRACKD_IDLE_TIMEOUT": "7s",
    ]
    let fromEnvironment = try serve([], environment)
    #expect(fromEnvironment.maxConnections == 8)
    #expect(fromEnvironment.maxIdlePerPeer == 3)
    #expect(fromEnvironment.idleTimeout == .seconds(7))
    #expect(fromEnvironment.listen.map(\.description) == ["127.0.0.1:1", "127.0.0.1:2"])
    #expect(fromEnvironment.dataDirectory == "env")
    #expect(fromEnvironment.logLevel == .info)
    #expect(fromEnvironment.grace == .zero)
    #expect(fromEnvironment.changeLogRetention == .seconds(2 * 3600))
    #expect(fromEnvironment.requestIdRetention == .seconds(3 * 3600))
    #expect(fromEnvironment.supersededImageRetention == .seconds(4 * 3600))
    let both = try serve(["--listen", "127.0.0.1:3", "--data", "flag"], environment)
    #expect(both.listen.map(\.description) == ["127.0.0.1:3"])
    #expect(both.dataDirectory == "flag")
    #expect(both.loops == 2)
  }

  @Test(
    "nonsense is one clear line",
    arguments: [
      (["frobnicate"], "unknown command 'frobnicate'; commands: serve, store. See 'trackd --help'"),
      (["--frob"], "unknown option '--frob'; commands: serve, store. See 'trackd --help'"),
      (["serve", "--frob"], "unknown option '--frob'. See 'trackd serve --help'"),
      (["serve", "now"], "unexpected argument 'now'. See 'trackd serve --help'"),
      (["serve", "--data"], "--data needs a value: a directory"),
      (["serve", "--loops", "0"], "--loops: '0' is not valid; expected a number from 1 to 256"),
      (["serve", "--loops=1", "--loops=1"], "--loops is given twice"),
      (
        ["serve", "--listen", "nowhere"],
        "--listen: 'nowhere' is not an address; expected IPV4:PORT, [IPV6]:PORT, unix:PATH or "
          + "unix-abstract:NAME"
      ),
      (
        ["serve", "--log-level", "loud"],
        "--log-level: 'loud' is not valid; expected debug, info, warning, error"
      ),
      (
        ["serve", "--change-log-retention", "30"],
        "--change-log-retention: '30' is not valid; expected a number and s, m, h or d, such as "
          + "45s, 90m, 24h or 30d, from 1s to 3650d"
      ),
    ] as [([String], String)])
  func refuses(arguments: [String], message: String) {
    #expect(throws: UsageError(message)) {
      try CommandLineParser.parse(arguments, environment: [:])
    }
  }

  @Test func `trackd store takes a data folder, and a file or a database`() throws {
    func parse(_ words: String...) throws -> Command {
      try CommandLineParser.parse(
        ["store"] + words, environment: ["TRACKD_DATA": "/data", "TRACKD_LOOPS": "none"])
    }
    #expect(try parse("backup", "file") == .store(.backup(directory: "/data", file: "file")))
    #expect(
      try parse("restore", "--data=/there", "file")
        == .store(.restore(directory: "/there", file: "file")))
    #expect(
      try parse("restored") == .store(.restored(.directory("/data"), ends: false)))
    #expect(
      try parse("restored", "--end", "--data", "/there")
        == .store(.restored(.directory("/there"), ends: true)))
    #expect(
      try parse("restored", "--store-file", "url")
        == .store(.restored(.database(.file("url")), ends: false)))
    #expect(throws: UsageError("store restored is about one store: --data or --store-file")) {
      try parse("restored", "--store-file", "url", "--data", "/there")
    }
    let address = try StoreAddress("postgresql://host/db")
    #expect(
      try parse("copy", "--store", address.text)
        == .store(
          .copy(directory: "/data", to: .given(address, isSeen: true), hasDeployer: false)))
    #expect(
      try parse("copy", "--store-file", "url", "--deployer", "127.0.0.1:1")
        == .store(.copy(directory: "/data", to: .file("url"), hasDeployer: true)))
    for words in [[], ["help"], ["--help"], ["copy", "--help"], ["backup", "-h"]] {
      #expect(
        try CommandLineParser.parse(["store"] + words, environment: [:]) == .help(HelpText.store))
    }
  }

  @Test(arguments: [
    (["copy"], "store copy needs a database to copy to: --store or --store-file"),
    (["backup"], "store backup needs the backup's FILE"),
    (["restore", "a", "b"], "unexpected argument 'b'. See 'trackd store --help'"),
    (
      ["copy", "postgresql://me:secret@host/db"],
      "unexpected argument 'postgresql://...'. See 'trackd store --help'"
    ),
    (["backup", "--loops", "1"], "unknown option '--loops'. See 'trackd store --help'"),
    (
      ["move"],
      "unknown command 'store move'; commands: copy, backup, restore, restored. See 'trackd store --help'"
    ),
  ]) func `what trackd store does not take is told`(_ words: [String], _ message: String) {
    #expect(throws: UsageError(message)) {
      try CommandLineParser.parse(["store"] + words, environment: [:])
    }
  }

  @Test func `web pages and hosts are lists`() throws {
    let origins = try ["https://a.example", "http://b.example:8080"].map {
      try #require(OriginPattern($0))
    }
    let hosts = try ["trackd.example", "*.svc.local", "10.0.0.7"].map {
      try #require(HostPattern($0))
    }
    let expected = WebPolicy(origins: origins, hosts: hosts)
    let flags = try serve([
      "--cors-origin", "https://a.example", "--cors-origin=http://B.example:8080",
      "--allowed-hosts", "trackd.example,*.svc.local", "--allowed-hosts=10.0.0.7",
    ])
    #expect(flags.web == expected)
    let variables = try serve(
      [],
      [
        "TRACKD_CORS_ORIGIN": "https://a.example,http://b.example:8080",
        "TRACKD_ALLOWED_HOSTS": "trackd.example,*.svc.local,10.0.0.7",
      ])
    #expect(variables.web == expected)
    #expect(try serve(["--cors-origin", "*", "--allowed-hosts", "*"]).web.origins == [.any])
  }

  @Test(arguments: [
    ("--cors-origin", "a.example"), ("--cors-origin", "https://a.example/"),
    ("--cors-origin", "null"), ("--cors-origin", ""), ("--cors-origin", "https://a,https://b"),
    ("--allowed-hosts", "a.example:50051"), ("--allowed-hosts", "http://a.example"),
    ("--allowed-hosts", "a.example,"), ("--allowed-hosts", ""), ("--allowed-hosts", "a.*"),
  ]) func `what is no origin and no host is refused`(flag: String, value: String) {
    let error = #expect(throws: UsageError.self) { try serve([flag, value]) }
    #expect(error?.message.hasPrefix(flag + ": '") == true)
    #expect(error?.message.contains("expected") == true)
  }

  @Test(arguments: [
    ("--loops", 1, 256), ("--grace", 0, 3600), ("--lame-duck", 0, 3600),
    ("--step-attempts", 1, 1000),
    ("--log-rate", 0, 1_000_000),
  ]) func `numbers are taken up to their limits`(_ flag: String, _ least: Int, _ most: Int) throws {
    for number in [least, most] { _ = try serve([flag, "\(number)"]) }
    for text in ["\(least - 1)", "\(most + 1)", "", "1.5", "1e1", " 1"] {
      #expect(throws: UsageError.self) { try serve([flag, text]) }
    }
    #expect(try serve(["--log-rate", "7"]).logRate == 7)
    #expect(try serve([], ["TRACKD_LOG_RATE": "0"]).logRate == 0)
  }

  @Test func `hosts of repositories are allowed one by one, or as a list`() throws {
    let hosts = ["git.corp.example", "*.corp.example", "10.0.0.0/8", "fd00::/8"]
    let options = try serve(
      ["--git-allow-host", hosts[0], "--git-allow-host=" + hosts[1...].joined(separator: ",")])
    #expect(options.gitAllowedHosts.map(\.description) == hosts)
    let variable = try serve([], ["TRACKD_GIT_ALLOW_HOST": hosts.joined(separator: ",")])
    #expect(variable.gitAllowedHosts == options.gitAllowedHosts)
    for text in ["", "a,,b", "a,", "a b", "https://a", "*", "10.0.0.1/8", "a:443"] {
      #expect(throws: UsageError.self) { try serve(["--git-allow-host", text]) }
    }
    let error = #expect(throws: UsageError.self) {
      try serve(["--git-allow-host", "git.corp.example,169.254.0.0/16"])
    }
    #expect(error?.message.contains("'169.254.0.0/16' holds addresses") == true)
  }

  @Test(
    arguments: ["--data", "--git-credentials", "--git-ssh-key", "--git-known-hosts", "--git-ca"])
  func `a name of nothing is none`(flag: String) {
    #expect(throws: UsageError.self) { try serve([flag, ""]) }
    #expect(throws: Never.self) { try serve([flag, "x"]) }
  }

  @Test(arguments: ServeFlag.allCases)
  func `a flag has a variable of its name, and both are in the help`(
    flag: ServeFlag
  ) {
    let name = flag.name.dropFirst(2).uppercased().replacing("-", with: "_")
    #expect(flag.variable == "TRACKD_" + name)
    #expect(HelpText.serve.contains("  \(flag.name) "))
    #expect(HelpText.serve.contains("[\(flag.variable)"))
  }

  @Test(
    arguments: [
      ("--git-allow-file", \ServeOptions.gitAllowFile),
      ("--accept-data-loss", \ServeOptions.acceptsDataLoss),
    ] as [(String, any KeyPath<ServeOptions, Bool> & Sendable)])
  func `a switch can be turned on and off`(
    flag: String, value: any KeyPath<ServeOptions, Bool> & Sendable
  ) throws {
    #expect(try !serve([])[keyPath: value])
    #expect(try serve([flag])[keyPath: value])
    #expect(try serve([flag + "=true"])[keyPath: value])
    #expect(try !serve([flag + "=false"])[keyPath: value])
  }

  @Test func `the store is a URL, in an argument, a variable or a file`() throws {
    #expect(try serve([]).store == nil)
    let url = "postgresql://trackd:secret@db.example/trackd?sslmode=verify-full"
    let address = try StoreAddress(url)
    #expect(address.text == url && address.holdsPassword)
    let seen = try #require(try serve(["--store", url]).store)
    #expect(seen == .given(address, isSeen: true) && seen.showsPassword)
    let kept = try #require(try serve([], ["TRACKD_STORE": url]).store)
    #expect(kept == .given(address, isSeen: false) && !kept.showsPassword)
    let open = try serve(["--store=postgres://trackd@/trackd?host=/run/postgresql"]).store
    #expect(open?.showsPassword == false)
    #expect(try serve(["--store-file", "f"]).store == .file("f"))
    #expect(try serve([], ["TRACKD_STORE_FILE": "f"]).store == .file("f"))
    // A flag wins over its own variable.
    #expect(try serve(["--store", url], ["TRACKD_STORE": "postgres://h/d"]).store == seen)
  }

  @Test(
    arguments: [
      (["--store", "mysql://trackd:secret@h/d"], [:]),
      (["--store", "postgresql://trackd:se/cret@h/d"], [:]),
      (["--store", "postgresql://trackd:secret@h/d?nosuch=1"], [:]),
      (["--store", "trackd:secret"], [:]),
      (["--store", ""], [:]),
      ([], ["TRACKD_STORE": "secret"]),
      ([], ["TRACKD_STORE": "postgres://trackd:secret@h@h/d"]),
      (["--store-file", "postgresql://trackd:secret@h/d"], [:]),
      (["--store-file", ""], [:]),
      (["--stroe", "postgresql://trackd:secret@h/d"], [:]),
      (["--stroe=postgresql://trackd:secret@h/d"], [:]),
      (["postgresql://trackd:secret@h/d"], [:]),
      (["--store", "postgresql://trackd:secret@h/d", "--store", "x"], [:]),
      (["--store", "postgresql://trackd:secret@h/d", "--store-file", "f"], [:]),
      (["--store-file", "f"], ["TRACKD_STORE": "postgresql://trackd:secret@h/d"]),
      (["--store", "postgresql://trackd:secret@h/d", "--accept-data-loss"], [:]),
      (["--store", "postgresql://trackd:secret@h/d", "--data-group", "0"], [:]),
      (["--store-file", "f"], ["TRACKD_DATA_GROUP": "0"]),
      (["--require-sync-standby"], [:]),
      (["--store-notify", "postgresql://trackd:secret@h/d"], [:]),
      (["--store-file", "f", "--store-notify", "trackd:secret"], [:]),
      (["--data", "secret"], ["TRACKD_REQUIRE_SYNC_STANDBY": "false"]),
      (["--store-file", "f", "--require-sync-standby=maybe"], [:]),
    ] as [([String], [String: String])])
  func `what is no store, or two, or does not fit is refused, and no password is shown`(
    arguments: [String], environment: [String: String]
  ) {
    let error = #expect(throws: UsageError.self) { try serve(arguments, environment) }
    #expect(error?.message.contains("cret") == false)
  }

  @Test func `a standby is wanted of a database only`() throws {
    #expect(try !serve(["--store-file", "f"]).requiresSyncStandby)
    #expect(try serve(["--require-sync-standby", "--store-file", "f"]).requiresSyncStandby)
    #expect(
      try !serve(["--store-file", "f", "--require-sync-standby=false"]).requiresSyncStandby)
    let variable = ["TRACKD_STORE_FILE": "f", "TRACKD_REQUIRE_SYNC_STANDBY": "true"]
    #expect(try serve([], variable).requiresSyncStandby)
    let error = #expect(throws: UsageError.self) { try serve(["--require-sync-standby"]) }
    #expect(error?.message.contains("--require-sync-standby is for a store on PostgreSQL") == true)
  }

  @Test func `a password in place of a command is not shown`() {
    let error = #expect(throws: UsageError.self) {
      try CommandLineParser.parse(["postgresql://trackd:secret@h/d"], environment: [:])
    }
    #expect(error?.message.contains("secret") == false)
  }

  @Test func `a group is a number, or the name of one that there is`() throws {
    #expect(try serve(["--data-group", "0"]).dataGroup == 0)
    #expect(try serve(["--data-group", "root"]).dataGroup == 0)
    #expect(try serve(["--data-group", "4294967294"]).dataGroup == 4_294_967_294)
    #expect(try serve([]).dataGroup == nil)
    // The number that means "no group" to the system.
    for group in ["4294967295", "4294967296", "-1", "", "no such group"] {
      #expect(throws: UsageError.self) { try serve(["--data-group", group]) }
    }
  }

  @Test(arguments: StepHook.Action.allCases, ["leased", "pushed:1", "recorded:100"])
  func `a test may have it killed or stopped at a step`(
    action: StepHook.Action, text: String
  ) throws {
    let hooks = try serve([], [action.rawValue: text]).stepHooks
    #expect(hooks.map(\.boundary.rawValue) == [String(text.prefix { $0 != ":" })])
    #expect(hooks.map(\.action) == [action])
    #expect(try serve([], [action.rawValue: ""]).stepHooks.isEmpty)
  }

  @Test(arguments: ["nowhere", "leased:0", "leased:-1", "leased:", "leased:x", "leased:1:1", ":1"])
  func `where a test has it killed is a step and a number from 1`(text: String) {
    #expect(throws: UsageError("TRACKD_TEST_KILL_AT: '\(text)' is not valid")) {
      try serve([], ["TRACKD_TEST_KILL_AT": text])
    }
  }

  @Test(arguments: ["TRACKD_LISTEN", "TRACKD_CORS_ORIGIN", "TRACKD_GIT_ALLOW_HOST"])
  func `a list of nothing is no list`(_ variable: String) {
    #expect(throws: UsageError("\(variable): ',' names nothing")) { try serve([], [variable: ","]) }
  }

  @Test func `sockets of a service manager that cannot be counted are no reason for others`() {
    for arguments in [[], ["--listen", "127.0.0.1:0"]] {
      let pid = "\(ServiceManager.thisProcess)"
      for (variable, value) in [("LISTEN_PID", "abc"), ("LISTEN_FDS", "-1")] {
        let environment = ["LISTEN_PID": pid, "LISTEN_FDS": "1"].merging([variable: value]) { $1 }
        let error = #expect(throws: UsageError.self) { try serve(arguments, environment) }
        #expect(error?.message.hasPrefix("\(variable): '\(value)' is not valid") == true)
      }
    }
  }

  @Test func `a bad variable is named`() {
    #expect(throws: UsageError("TRACKD_LOOPS: 'x' is not valid; expected a number from 1 to 256")) {
      try CommandLineParser.parse(["serve"], environment: ["TRACKD_LOOPS": "x"])
    }
  }

  @Test func `help and version`() throws {
    #expect(try CommandLineParser.parse([], environment: [:]) == .help(HelpText.overview))
    #expect(try CommandLineParser.parse(["--help"], environment: [:]) == .help(HelpText.overview))
    #expect(
      try CommandLineParser.parse(["serve", "--data", "x", "-h"], environment: [:])
        == .help(HelpText.serve))
    #expect(try CommandLineParser.parse(["--version"], environment: [:]) == .version)
  }
}
