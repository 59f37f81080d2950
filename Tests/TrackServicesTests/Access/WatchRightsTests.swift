import Glibc
import RPC
import RPCInProcess
import Synchronization
import TestSupport
import Testing
import TrackAccess
import TrackDomain
import TrackMessages
import TrackServices
import TrackStoreSQLite

/// Nothing is sent to a watch after its right has gone.
@Suite(.timeLimit(.minutes(2))) struct WatchRightsTests {
  private static let options: CallOptions = {
    var metadata = Metadata()
    try? metadata.add("test-caller", "token:one")
    return CallOptions(metadata: metadata)
  }()

  private static let project = WatchDeploymentTracksRequest.with { $0.projectId = "shop" }

  @Test func `a state that was read before is not sent`() async throws {
    try await withStore { store in
      let gated = GatedStore(store: store)
      let control = AccessControl(try Policy.everything)
      try await Connection.open(
        gated, admission: TestAdmission(), policy: control, seal: KeySeal(store.tokenKey)
      ) { connection in
        try await connection.fill()
        try await connection.create("v1.0")
        await gated.gate.shut()
        async let watched: Int = Self.messages(connection)
        await gated.gate.isReached()
        control.replace(with: try Policy.granting([.save], in: .component))
        await gated.gate.open()
        #expect(try await watched == 0)
      }
    }
  }

  /// How many messages come before PERMISSION_DENIED.
  private static func messages(_ connection: Connection) async throws -> Int {
    var count = 0
    do {
      try await connection.tracks.watchDeploymentTracks(project, options: options) {
        (responses) async throws in
        for try await _ in responses { count += 1 }
      }
    } catch let error as RPCError where error.code == .permissionDenied {
      return count
    }
    throw RPCError(.internal, "the watch ended well")
  }

  @Test func `a change that the loop finds with the policy is not sent`() async throws {
    let control = AccessControl(try Policy.everything)
    try await withStore { store in
      try await Connection.open(
        store, admission: TestAdmission(), policy: control, seal: KeySeal(store.tokenKey)
      ) { connection in
        try await connection.fill()
        try await connection.create("v1.0")
        let (holds, isCommitted) = (Flag(), Flag())
        let nothing = try Policy.granting([.save], in: .component)
        do {
          try await connection.tracks.watchDeploymentTracks(Self.project, options: Self.options) {
            (responses) async throws in
            var messages = responses.makeAsyncIterator()
            while try #require(try await messages.next()).resumeToken.isEmpty {}
            // The loop looks for the change before it hears of the policy.
            connection.loop.execute {
              holds.set()
              isCommitted.wait()
              control.replace(with: nothing)
            }
            holds.wait()
            try await store.write(.catalog) {
              try $0.appendChange(Samples.change(of: Samples.track("secret")))
            }
            isCommitted.set()
            while let message = try await messages.next() {
              #expect(message.change == nil)
            }
          }
          Issue.record("the watch ended well")
        } catch let error as RPCError {
          #expect(error.code == .permissionDenied)
        }
      }
    }
  }

  @Test func `a policy that says the same of a caller leaves its watch alone`() async throws {
    let control = AccessControl(try Policy.everything)
    try await withStore { store in
      try await Connection.open(
        store, admission: TestAdmission(), policy: control, seal: KeySeal(store.tokenKey)
      ) { connection in
        try await connection.fill()
        try await connection.tracks.watchDeploymentTracks(Self.project, options: Self.options) {
          (responses) async throws in
          var messages = responses.makeAsyncIterator()
          _ = try await messages.next()
          for version in 0..<3 {
            control.replace(
              with: try Policy(
                yaml: Array(
                  """
                  roles: {all: [read, save, write, deploy, rollback, bypass, administer]}
                  bindings:
                    - {role: all, principals: ["*"], scope: all}
                    - {role: all, principals: ["token:other\(version)"], scope: all}
                  """.utf8)))
            try await connection.create("v1.\(version)")
            var told = try await messages.next()
            while told?.change?.type != .created { told = try await messages.next() }
          }
        }
      }
    }
  }
}

/// Set on one thread, and waited for on another.
private final class Flag: Sendable {
  private let isSet = Atomic<Bool>(false)

  func set() { isSet.store(true, ordering: .releasing) }
  func wait() { while !isSet.load(ordering: .acquiring) { usleep(1000) } }
}
