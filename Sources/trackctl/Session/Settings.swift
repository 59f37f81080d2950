import RPC

/// What the global flags and the environment say.
struct Settings: Sendable {
  let server: String
  /// What requests call the server: a path of a socket is none of its names.
  var authority: String { server.hasPrefix("unix:") ? "localhost" : server }
  /// How long one call may take.
  let timeout: Duration
  let isJSON: Bool
  /// Who makes the calls.
  let metadata: Metadata

  static let defaultServer = "127.0.0.1:50051"

  init(_ arguments: Arguments, environment: [String: String]) throws(UsageError) {
    func value(_ flag: Flag, _ variables: String...) -> String? {
      if let text = arguments.text(flag) { return text }
      return variables.lazy.compactMap { environment[$0] }.first { !$0.isEmpty }
    }
    server = value(GlobalFlags.server, "TRACKCTL_SERVER") ?? Self.defaultServer
    guard !server.isEmpty else { throw arguments.usage("--server is empty") }
    let seconds = value(GlobalFlags.timeout, "TRACKCTL_TIMEOUT") ?? "30"
    guard let seconds = Double(seconds), seconds > 0, seconds <= 86_400 else {
      throw arguments.usage("--timeout: '\(seconds)' is not a number of seconds up to a day")
    }
    timeout = .seconds(seconds)
    isJSON = arguments.text(GlobalFlags.output) == "json"
    var metadata = Metadata()
    // Blanks at its ends are no part of a name, and HTTP/2 has none there.
    let actor = (value(GlobalFlags.actor, "TRACKCTL_ACTOR", "USER") ?? "").withoutBlanks
    if !actor.isEmpty {
      do {
        try metadata.add("trackd-actor", actor)
      } catch {
        throw arguments.usage("--actor: '\(actor)' has characters other than printable ASCII")
      }
    }
    self.metadata = metadata
  }
}

extension String {
  /// All but the blanks at either end.
  fileprivate var withoutBlanks: String {
    guard let first = firstIndex(where: { !$0.isWhitespace }),
      let last = lastIndex(where: { !$0.isWhitespace })
    else { return "" }
    return String(self[first...last])
  }
}
