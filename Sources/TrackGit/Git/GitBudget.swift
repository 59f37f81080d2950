import TrackDomain

/// The most processes of git at once, as the limit on file descriptors allows.
public struct GitBudget: Sendable, Hashable {
  /// Commands for environments' repositories.
  let gitops: Int
  /// Commands for components' repositories.
  let source: Int
  /// Commands and threads that work with local files.
  let here: Int
  /// Processes that stay alive between uses.
  let helpers: Int

  /// Descriptors of each process: three pipes, a handle and an epoll.
  private static let perProcess = 5
  /// Descriptors for other purposes: while processes start, and for files that are read.
  private static let extra = 48
  private static let maximumProcesses = 184

  /// - Parameter descriptorLimit: the most descriptors of this process.
  public init(descriptorLimit: Int = 4096) {
    let processes = min(
      Self.maximumProcesses, max(16, (descriptorLimit / 2 - Self.extra) / Self.perProcess))
    here = max(2, processes / 16)
    // A thread uses three helpers at most: with this many, an idle one can always be closed for it.
    helpers = max(3 * here, processes / 4)
    let network = max(4, processes - here - helpers)
    source = network / 4
    gitops = network - source
  }

  /// The most descriptors that all of this takes.
  public var descriptors: Int { (gitops + source + here + helpers) * Self.perProcess + Self.extra }

  var limits: [GitTraffic.Kind: HostShares.Limits] {
    [
      .here: HostShares.Limits(
        total: here, perHost: max(1, here / 2), perStranger: 1, reserve: here / 4,
        waitingPerHost: 1 << 16),
      .source: Self.network(source), .gitops: Self.network(gitops),
    ]
  }

  private static func network(_ total: Int) -> HostShares.Limits {
    HostShares.Limits(
      total: total, perHost: max(1, min(8, total / 3)), perStranger: min(2, max(1, total / 8)),
      reserve: total / 8)
  }
}
