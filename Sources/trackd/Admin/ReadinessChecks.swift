import Crypto
import EventLoop
import TLS
import TrackController
import TrackDomain
import TrackStorePostgreSQL
import TrackStoreSQL

/// What an operator sees of one part of trackd.
enum CheckState: Sendable, Equatable {
  case ok
  /// trackd works; somebody should look at it.
  case warning(String)
  /// trackd is not ready.
  case failed(String)

  var name: String {
    switch self {
    case .ok: "ok"
    case .warning: "warning"
    case .failed: "failed"
    }
  }

  var reason: String {
    switch self {
    case .ok: ""
    case .warning(let reason), .failed(let reason): reason
    }
  }
}

/// The named checks behind `/readyz`, in the order in which they were added. Any thread.
///
/// `@unchecked Sendable`: everything is touched under the lock only.
final class ReadinessChecks: @unchecked Sendable {
  struct Result: Sendable, Equatable {
    let name: String
    let state: CheckState
    /// What to do while it is not ok.
    var advice = ""
  }

  private struct Check {
    let name: String
    let advice: String
    let state: @Sendable () -> CheckState
  }

  private let lock = Lock()
  private var checks: [Check] = []

  /// - Parameters:
  ///   - name: letters and dashes.
  ///   - advice: what to do while it is not ok.
  ///   - state: asked for each request; any thread; must not wait.
  func add(
    _ name: String, advice: String = "", _ state: @escaping @Sendable () -> CheckState
  ) {
    lock.withLock { checks.append(Check(name: name, advice: advice, state: state)) }
  }

  var results: [Result] {
    lock.withLock { checks }.map { check in
      let state = check.state()
      return Result(name: check.name, state: state, advice: state == .ok ? "" : check.advice)
    }
  }
}

extension [ReadinessChecks.Result] {
  var isReady: Bool {
    allSatisfy { if case .failed = $0.state { false } else { true } }
  }
}

extension ReadinessChecks {
  /// With the checks of the parts that every server has.
  convenience init(store: any ServedStore, executor: ExecutorStatus, drain: DrainState) {
    self.init()
    add(
      "store",
      advice: store.isExclusive
        ? "see trackd's log and its disk, then restart trackd: until then nothing is written"
        : "see the database: calls are refused until it answers, and trackd needs no restart then"
    ) {
      switch store.state {
      case .open: .ok
      case .unreachable(let reason), .failed(let reason): .failed(reason)
      case .closed: .failed("it is closed")
      }
    }
    add(
      "executor",
      advice: store.isExclusive
        ? "deployments wait: see trackd's log, and restart trackd"
        : "deployments wait: see trackd's log and the database"
    ) {
      switch executor.state {
      case .starting, .working: .ok
      case .storeTrouble: .failed("it cannot look for work in the store")
      case .ended: .failed("it has ended")
      }
    }
    add("drain", advice: "trackd is about to end: connect again when the next one serves") {
      drain.hasBegun ? .failed("the server drains") : .ok
    }
  }

  /// What a database promises of acknowledged writes.
  ///
  /// - Parameters:
  ///   - durability: asked for each request; any thread; must not wait.
  ///   - isRequired: whether writes are refused while no COMMIT waits for a standby.
  func add(
    durability: @escaping @Sendable () -> StoreDurability, isRequired: Bool
  ) {
    add(
      "durability",
      advice: "see synchronous_commit, synchronous_standby_names and pg_stat_replication of the "
        + "primary: A store on PostgreSQL"
    ) {
      let found = durability()
      if let shortfall = found.shortfall {
        let reason = "COMMITs do not wait for a standby: \(shortfall)"
        return isRequired ? .failed("writes are refused: \(reason)") : .warning(reason)
      }
      return found.hasStandby == false
        ? .warning("COMMITs wait for a standby, and none follows") : .ok
    }
  }

  /// The certificates that the server shows.
  func add(certificatesOf tls: TLSKeeper) {
    add(
      "certificates",
      advice: "renew it and put it where --tls-cert names it: trackd reads it again by itself"
    ) { [server = tls.server] in
      let now = WallClock.nowMicroseconds() / 1_000_000
      let left = server.context.certificates.map { $0.notAfter - now }.min() ?? .max
      if left < 0 { return .failed("a certificate has expired") }
      return left < Self.soon ? .warning("a certificate expires in \(left / 3600) hours") : .ok
    }
  }

  private static let soon: Int64 = 7 * 86_400

  /// What was asked for by its name and is not safe.
  func add(_ warnings: [StartRule.Warning]) {
    for warning in warnings {
      switch warning {
      case .noAuth(let address):
        add(
          "insecure-no-auth", advice: "give trackd credentials and a policy: Put it on the network"
        ) { .warning("everybody may do everything at \(address)") }
      case .seenPassword:
        add(
          "password-on-command-line",
          advice: "use TRACKD_STORE or --store-file, and TRACKD_STORE_NOTIFY"
        ) {
          .warning("all on this machine can read a password of the store")
        }
      case .cleartextTokens(let address):
        add("cleartext-tokens", advice: "give trackd a certificate: --tls-cert and --tls-key") {
          .warning("tokens can be read on their way to \(address)")
        }
      }
    }
  }
}
