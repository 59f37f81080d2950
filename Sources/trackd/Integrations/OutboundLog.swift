import TrackDomain
import TrackGit

/// Tells an operator, at the start, where repositories may be, if that is more than the internet
/// and what was asked for.
struct OutboundLog: Sendable {
  let logger: Logger

  /// The most hosts that one line names.
  private static let maximumHosts = 50

  /// - Parameter kept: the hosts of data that an earlier version stored.
  func rules(_ options: ServeOptions, kept: [String]) -> OutboundRules {
    let loopback = options.gitAllowedHosts.filter(\.isLoopback)
    if !loopback.isEmpty {
      logger.always(
        .warning, "repositories may be on this machine: whoever may name one reaches it"
      ) { $0.string("git-allow-host", loopback.map(\.description).joined(separator: ",")) }
    }
    if options.gitAllowedHosts.isEmpty, !kept.isEmpty {
      let more = kept.count > Self.maximumHosts ? ",..." : ""
      logger.always(
        .warning,
        "Git hosts of older data stay allowed until --git-allow-host names those that shall"
      ) {
        $0.string("hosts", kept.prefix(Self.maximumHosts).joined(separator: ",") + more)
        $0.integer("count", Int64(kept.count))
      }
    }
    return OutboundRules(allowed: options.gitAllowedHosts, kept: Set(kept))
  }

  /// Uses the keys of ssh hosts that an earlier version accepted, when no others are given.
  func useFormerKnownHosts(_ settings: inout GitSettings) {
    guard settings.knownHostsFile == nil,
      GitCredentialFiles.isReadable(settings.formerKnownHosts)
    else { return }
    settings.knownHostsFile = settings.formerKnownHosts
    logger.always(
      .warning,
      "ssh knows the Git hosts that older versions accepted, until --git-known-hosts names a file"
    ) { $0.string("file", settings.formerKnownHosts) }
  }
}
