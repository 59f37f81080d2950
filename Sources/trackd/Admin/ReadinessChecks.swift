import Crypto
import EventLoop
import TLS
import TrackController
import TrackDomain
import TrackStoreSQLite

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
  }

  private let lock = Lock()
  private var checks: [(name: String, state: @Sendable () -> CheckState)] = []

  /// - Parameters:
  ///   - name: letters and dashes.
  ///   - state: asked for each request; any thread; must not wait.
  func add(_ name: String, _ state: @escaping @Sendable () -> CheckState) {
    lock.withLock { checks.append((name, state)) }
  }

  var results: [Result] {
    lock.withLock { checks }.map { Result(name: $0.name, state: $0.state()) }
  }
}

extension [ReadinessChecks.Result] {
  var isReady: Bool {
    allSatisfy { if case .failed = $0.state { false } else { true } }
  }
}

extension ReadinessChecks {
  /// With the checks of the parts that every server has.
  convenience init(store: SQLiteTrackStore, executor: ExecutorStatus, drain: DrainState) {
    self.init()
    add("store") {
      switch store.state {
      case .open: .ok
      case .failed(let reason): .failed(reason)
      case .closed: .failed("it is closed")
      }
    }
    add("executor") {
      switch executor.state {
      case .starting, .working: .ok
      case .storeTrouble: .failed("it cannot look for work in the store")
      case .ended: .failed("it has ended")
      }
    }
    add("drain") { drain.hasBegun ? .failed("the server drains") : .ok }
  }

  /// The certificates that the server shows.
  func add(certificatesOf tls: TLSKeeper) {
    add("certificates") { [server = tls.server] in
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
        add("insecure-no-auth") { .warning("everybody may do everything at \(address)") }
      case .cleartextTokens(let address):
        add("cleartext-tokens") { .warning("tokens can be read on their way to \(address)") }
      }
    }
  }
}
