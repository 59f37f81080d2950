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
    let folder = environment.gitopsPath.utf8.split(separator: UInt8(ascii: "/"))
      .map { String(Substring($0)) }.filter { $0 != "." }
    guard folder.allSatisfy(isFolder) else {
      throw IntegrationError(.invalid, "the environment's GitOps path is not one of a repository")
    }
    return (folder + [component.id, track.id, "\(environment.id).yaml"]).joined(separator: "/")
  }

  /// Names that lead elsewhere are none, nor are those that Git keeps for itself on any file system:
  /// it refuses a whole batch for one of them. Ids hold no such thing.
  private static func isFolder(_ segment: String) -> Bool {
    guard segment != "..", segment.unicodeScalars.allSatisfy(isFit) else { return false }
    // What would take the place of another track's manifest.
    if segment.utf8.reversed().starts(with: ".yaml".utf8.reversed()) { return false }
    var stem = segment.prefix { $0 != ":" }.lowercased()
    while stem.hasSuffix(" ") || stem.hasSuffix(".") { stem.removeLast() }
    return stem != ".git" && stem != "git~1"
  }

  private static func isFit(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: false
    default: scalar != "\\"
    }
  }
}
