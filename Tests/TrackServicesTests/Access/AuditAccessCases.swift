import RPC
import TrackDomain
import TrackMessages

extension AccessCase {
  private typealias Audit = AuditServiceMethods

  /// Whoever administers something is told what was done there; the chain is for who administers
  /// everything.
  static let audits: [AccessCase] = [
    AccessCase(Audit.listEvents, [.administer], Set(GrantedScope.allCases), .denied) {
      _ = try await $0.audit.listEvents(ListEventsRequest(), options: $1)
    },
    AccessCase(Audit.followEvents, [.administer], Set(GrantedScope.allCases), .denied) {
      try await $0.audit.followEvents(FollowEventsRequest(), options: $1) { messages in
        for try await _ in messages { return }
      }
    },
    AccessCase(Audit.verifyEvents, [.administer], [.all], .denied) {
      _ = try await $0.audit.verifyEvents(VerifyEventsRequest(), options: $1)
    },
  ]
}
