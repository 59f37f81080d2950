import RPC
import TestSupport
import Testing
import TrackAccess
import TrackDomain
import TrackMessages
import TrackServices

/// A deletion that is tried again finds nothing left on which its right could be decided.
@Suite(.timeLimit(.minutes(2))) struct RepeatedDeletionTests {
  private static func options(_ caller: String) -> CallOptions {
    var metadata = Metadata()
    try? metadata.add("test-caller", caller)
    return CallOptions(metadata: metadata)
  }

  private static let id = "5e0c71d2-0000-4000-8000-00000000000a"

  @Test func `gets its answer, and tells nothing that was not told before`() async throws {
    let policy = try Policy(
      yaml: Array(
        """
        roles: {all: [read, write, administer], reader: [read]}
        bindings:
          - {role: all, principals: ["token:maker"], scope: all}
          - {role: all, principals: ["token:one"], scope: {organization: acme}}
          - {role: all, principals: ["token:two"], scope: {project: shop}}
        """.utf8))
    let control = AccessControl(policy)
    try await Connection.withPolicy(control) { connection in
      func put(_ project: String, _ caller: String) async throws {
        _ = try await connection.catalog.putComponent(
          .with {
            $0.component = .with {
              $0.id = "extra"
              $0.projectId = project
              $0.type = .service
            }
          }, options: Self.options(caller))
      }
      func delete(_ caller: String, _ requestId: String = Self.id) async throws {
        _ = try await connection.catalog.deleteComponent(
          .with {
            $0.componentId = "extra"
            $0.requestId = requestId
          }, options: Self.options(caller))
      }
      func isMissing(
        _ caller: String, _ requestId: String = Self.id,
        sourceLocation: SourceLocation = #_sourceLocation
      ) async throws {
        try await expectRefusal(
          .notFound, "COMPONENT_NOT_FOUND", sourceLocation: sourceLocation
        ) { try await delete(caller, requestId) }
      }
      try await put("shop", "token:one")
      try await isMissing("token:three")
      try await delete("token:one")
      try await delete("token:one")
      try await isMissing("token:one", "")
      try await isMissing("token:one", "5e0c71d2-0000-4000-8000-00000000000b")
      try await isMissing("token:two")
      // Of another request under that id nothing is told.
      try await expectRefusal(.notFound, "PROJECT_NOT_FOUND") {
        try await connection.catalog.deleteProject(
          .with {
            $0.projectId = "gone"
            $0.requestId = Self.id
          }, options: Self.options("token:one"))
      }
      // Whether the id has been given again is not told: the answer is the same.
      _ = try await connection.catalog.putOrganization(
        .with {
          $0.organization = .with {
            $0.id = "other"
            $0.tier = .paid
          }
        }, options: Self.options("token:maker"))
      _ = try await connection.catalog.putProject(
        .with {
          $0.project = .with {
            $0.id = "theirs"
            $0.organizationId = "other"
          }
        }, options: Self.options("token:maker"))
      try await put("theirs", "token:maker")
      try await delete("token:one")
      _ = try await connection.catalog.getComponent(
        .with { $0.componentId = "extra" }, options: Self.options("token:maker"))
      // Who administers nothing any more gets no answer of the past.
      control.replace(
        with: try Policy(
          yaml: Array(
            """
            roles: {all: [read, write, administer], reader: [read]}
            bindings:
              - {role: all, principals: ["token:maker"], scope: all}
              - {role: reader, principals: ["token:one"], scope: {organization: acme}}
            """.utf8)))
      try await isMissing("token:one")
    }
  }
}
