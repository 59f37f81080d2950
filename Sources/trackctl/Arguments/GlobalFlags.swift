/// The flags of every command.
enum GlobalFlags {
  static let server = Flag(
    "server", .text("ADDR"), "HOST:PORT or unix:PATH of trackd [TRACKCTL_SERVER; 127.0.0.1:50051]")
  static let tls = Flag(
    "tls", "speak TLS; the server's certificate has to name the host of ADDR [TRACKCTL_TLS]")
  static let authorities = Flag(
    "ca", .file("FILE"), "whom to believe, in PEM; with TLS [TRACKCTL_CA; the system's authorities]"
  )
  static let certificate = Flag(
    "cert", .file("FILE"), "the certificate to show, in PEM; with TLS [TRACKCTL_CERT]")
  static let key = Flag("key", .file("FILE"), "its private key [TRACKCTL_KEY]")
  static let actor = Flag(
    "actor", .text("NAME"),
    "who you are, or for whom you act, for the history [TRACKCTL_ACTOR; then USER]")
  static let tokenFile = Flag(
    "token-file", .file("FILE"), "a file with your bearer token [TRACKCTL_TOKEN_FILE]")
  static let insecure = Flag(
    "insecure", "send the token in cleartext to another machine, where others may read it")
  static let timeout = Flag(
    "timeout", .text("SECONDS"), "how long one call may take [TRACKCTL_TIMEOUT; 30]")
  static let output = Flag(
    "output", short: "o", .choice(OutputFormat.allCases.map(\.rawValue)),
    "tables that fit the terminal, whole tables, or the response in proto3 JSON [table]")
  static let help = Flag("help", short: "h", "print what the command does and takes")

  static let all = [
    server, tls, authorities, certificate, key, tokenFile, insecure, actor, timeout, output, help,
  ]
}

/// Flags that several commands have.
enum CommonFlags {
  static let requestId = Flag(
    "request-id", .text("UUID"), "makes it safe to repeat the command with the same UUID")
  static let validateOnly = Flag(
    "validate-only", "check everything, change nothing, and say what would be done")
  static let etag = Flag(
    "etag", .text("ETAG"), "only if the track is still the one with this etag")
  static let mutation = [requestId, validateOnly]
  static let limit = Flag("limit", .text("N"), "at most this many [all]")
}

/// Operands that several commands have.
enum CommonOperands {
  static let component = Operand(
    name: "COMPONENT", help: "the component's id", names: .component)
  static let track = Operand(
    name: "TRACK", help: "the track: its id, its version (v1.2), or @latest", names: .track)
}

/// How results are written.
enum OutputFormat: String, Sendable, CaseIterable {
  /// Tables that fit the terminal.
  case table
  /// Tables with everything, however wide.
  case wide
  /// The response in proto3 JSON.
  case json
}
