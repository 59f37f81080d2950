import TrackDomain

/// A commit that is to be made in a GitOps repository.
struct GitOpsCommit: Sendable {
  /// What a file is to be.
  struct Edit: Sendable {
    /// From the root; no segment is empty, `.`, `..` or `.git`.
    var path: String
    /// Nil removes the file.
    var content: [UInt8]?
  }

  /// The deployment's, or the deletion's.
  var id: String
  var message: String
  var edits: [Edit]
}

extension GitOpsCommit {
  /// The commit of a deployment.
  init(_ order: DeploymentOrder) throws(IntegrationError) {
    id = order.deployment.id
    message = GitOpsMessage(order).text
    edits = [
      Edit(
        path: try GitOpsPath.manifest(
          component: order.component, track: order.track, environment: order.environment),
        content: Manifest(order).render())
    ]
  }

  /// Whether a file that is there now is what the commit makes it.
  func isContent(_ content: [UInt8]) -> Bool { Manifest.isContent(content, of: id) }
}

/// Where manifests are.
enum GitOpsPath {
  /// `<gitops_path>/<component>/<track>/<environment>.yaml`
  static func manifest(
    component: Component, track: Track, environment: Environment
  ) throws(IntegrationError) -> String {
    let folder = environment.gitopsPath.split(separator: "/").filter { $0 != "." }
    // Names that Git keeps for itself, or that lead elsewhere. Ids hold no such thing.
    guard
      folder.allSatisfy({ segment in
        segment != ".." && segment.lowercased() != ".git"
          && segment.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
      })
    else {
      throw IntegrationError(.invalid, "the environment's GitOps path is not one of a repository")
    }
    return
      (folder.map(String.init) + [component.id, track.id, "\(environment.id).yaml"])
      .joined(separator: "/")
  }
}
