import TrackDomain

/// The environment and the settings of every git process.
enum GitEnvironment {
  /// Variables that are passed on: they tell how to reach the network.
  private static let handedOn = [
    "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_FILE",
    "SSL_CERT_DIR", "GIT_SSL_CAINFO", "TMPDIR",
  ]

  /// The variables of every command. A command that speaks to a server gets more: see `reaching`.
  static func make(
    _ settings: GitSettings, from environment: [String: String], path: String
  ) -> [String: String] {
    var variables = environment.filter { handedOn.contains($0.key) }
    // It would win over the setting.
    if settings.caFile != nil { variables["GIT_SSL_CAINFO"] = nil }
    variables["PATH"] = path
    variables["HOME"] = settings.homeDirectory
    variables["LC_ALL"] = "C"
    variables["GIT_CONFIG_NOSYSTEM"] = "1"
    variables["GIT_CONFIG_GLOBAL"] = "/dev/null"
    variables["GIT_ATTR_NOSYSTEM"] = "1"
    variables["GIT_TERMINAL_PROMPT"] = "0"
    variables["GIT_ASKPASS"] = "true"
    variables["SSH_ASKPASS"] = "true"
    variables["GIT_SSH_COMMAND"] = "false"
    variables["GIT_SSH_VARIANT"] = "ssh"
    variables["GIT_LITERAL_PATHSPECS"] = "1"
    // No protocol: a command with local files speaks to nobody, whatever a repository's own
    // configuration says.
    variables["GIT_ALLOW_PROTOCOL"] = "none"
    return variables
  }

  /// The variables of a command that speaks to a repository's server: only in that way.
  static func reaching(
    _ url: RepositoryURL, _ route: GitRoute?, _ settings: GitSettings
  ) -> [String: String] {
    guard let server = url.server else {
      return settings.allowsFiles ? ["GIT_ALLOW_PROTOCOL": "file"] : [:]
    }
    guard let route else { return [:] }
    var variables = ["GIT_ALLOW_PROTOCOL": server.scheme.rawValue]
    if server.scheme == .ssh, let file = settings.knownHostsFile {
      variables["GIT_SSH_COMMAND"] = ssh(settings, knownHosts: file, route.sshOptions)
    }
    return variables
  }

  /// Whether https goes through a proxy.
  static func hasProxy(_ environment: [String: String]) -> Bool {
    ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"].contains {
      environment[$0]?.isEmpty == false
    }
  }

  /// As `-c name=value`, which overrides every repository's own.
  static func settings(_ settings: GitSettings, more: [String]) -> [String] {
    var values = [
      "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.fsync=all", "gc.auto=0",
      "maintenance.auto=false", "fetch.recurseSubmodules=false", "submodule.recurse=false",
      "push.recurseSubmodules=no", "protocol.allow=never",
      "protocol.https.allow=always", "protocol.ssh.allow=always",
      "protocol.file.allow=\(settings.allowsFiles ? "always" : "never")",
      // A server names other places by redirects (and by the alternates of the old protocol, which
      // follow the same setting), bundles and packs.
      "http.followRedirects=false", "transfer.bundleURI=false", "fetch.uriProtocols=",
      "http.sslVerify=true",
      // Clears the list, so that only the following helper is used.
      "credential.helper=",
    ]
    if let file = settings.credentialsFile { values.append("credential.helper=\(helper(file))") }
    if let file = settings.caFile {
      // No folder of certificates beside it.
      values += ["http.sslCAInfo=\(file)", "http.sslCAPath=\(settings.homeDirectory)/no-ca"]
    }
    return (values + more).flatMap { ["-c", $0] }
  }

  /// Credentials are looked up and never written: git's own store helper deletes credentials that a
  /// server refused once.
  private static func helper(_ file: String) -> String {
    "!f() { test \"$1\" != get || git credential-store --file=\(quoted(file)) get; }; f"
  }

  /// No configuration, no agent, no prompts, no command of anybody's, and only hosts whose keys are
  /// in the file.
  private static func ssh(
    _ settings: GitSettings, knownHosts: String, _ route: [String]
  ) -> String {
    let options =
      [
        "BatchMode=yes", "ConnectTimeout=15", "StrictHostKeyChecking=yes",
        "UserKnownHostsFile=\"\(knownHosts)\"", "GlobalKnownHostsFile=/dev/null",
        "UpdateHostKeys=no", "VerifyHostKeyDNS=no", "IdentitiesOnly=yes", "IdentityAgent=none",
        "ProxyCommand=none", "ProxyJump=none", "PermitLocalCommand=no", "ControlPath=none",
        "CanonicalizeHostname=no",
      ] + route
    var words = ["ssh", "-F", "none", "-a", "-x", "-T"]
    for option in options { words += ["-o", quoted(option)] }
    words += ["-i", settings.sshKeyFile.map(quoted) ?? "/dev/null"]
    return words.joined(separator: " ")
  }

  /// The text as one word of a shell.
  private static func quoted(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
      + "'"
  }
}

extension GitSettings {
  /// The home of all git processes.
  var homeDirectory: String { dataDirectory + "/git/home" }

  /// The keys of ssh hosts that earlier versions accepted by themselves and wrote down.
  public var formerKnownHosts: String { homeDirectory + "/known_hosts" }
}
