/// The environment and the settings of every git process.
enum GitEnvironment {
  /// Variables that are passed on: they tell how to reach the network.
  private static let handedOn = [
    "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_FILE",
    "SSL_CERT_DIR", "GIT_SSL_CAINFO", "TMPDIR",
  ]

  static func make(
    _ settings: GitSettings, from environment: [String: String], path: String
  ) -> [String: String] {
    var variables = environment.filter { handedOn.contains($0.key) }
    variables["PATH"] = path
    variables["HOME"] = settings.homeDirectory
    variables["LC_ALL"] = "C"
    variables["GIT_CONFIG_NOSYSTEM"] = "1"
    variables["GIT_CONFIG_GLOBAL"] = "/dev/null"
    variables["GIT_ATTR_NOSYSTEM"] = "1"
    variables["GIT_TERMINAL_PROMPT"] = "0"
    variables["GIT_ASKPASS"] = "true"
    variables["SSH_ASKPASS"] = "true"
    variables["GIT_SSH_COMMAND"] = ssh(settings)
    variables["GIT_SSH_VARIANT"] = "ssh"
    variables["GIT_LITERAL_PATHSPECS"] = "1"
    variables["GIT_ALLOW_PROTOCOL"] = settings.allowsFiles ? "https:ssh:file" : "https:ssh"
    return variables
  }

  /// As `-c name=value`, which overrides every repository's own.
  static func settings(_ settings: GitSettings, more: [String]) -> [String] {
    var values = [
      "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.fsync=all", "gc.auto=0",
      "maintenance.auto=false", "fetch.recurseSubmodules=false", "protocol.allow=never",
      "protocol.https.allow=always", "protocol.ssh.allow=always",
      "protocol.file.allow=\(settings.allowsFiles ? "always" : "never")",
      // Clears the list, so that only the following helper is used.
      "credential.helper=",
    ]
    if let file = settings.credentialsFile { values.append("credential.helper=\(helper(file))") }
    return (values + more).flatMap { ["-c", $0] }
  }

  /// Credentials are looked up and never written: git's own store helper deletes credentials that a
  /// server refused once.
  private static func helper(_ file: String) -> String {
    "!f() { test \"$1\" != get || git credential-store --file=\(quoted(file)) get; }; f"
  }

  /// No configuration, no agent, no prompts. The key of a new host is accepted and remembered.
  private static func ssh(_ settings: GitSettings) -> String {
    var words = [
      "ssh", "-F", "none", "-a", "-x", "-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=15", "-o",
      "StrictHostKeyChecking=accept-new", "-o",
      quoted("UserKnownHostsFile=\"\(settings.homeDirectory)/known_hosts\""), "-o",
      "IdentitiesOnly=yes",
    ]
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
  /// The home of all git processes; holds only the keys of ssh hosts.
  var homeDirectory: String { dataDirectory + "/git/home" }
}
