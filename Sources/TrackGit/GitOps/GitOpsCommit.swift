import TrackDomain

/// A commit to be made in a GitOps repository.
struct GitOpsCommit: Sendable {
  /// The intended state of a file.
  struct Edit: Sendable {
    /// From the root; no segment is empty, `.`, `..` or `.git`.
    var path: String
    /// The owner of the file: a file of another owner is left as it is.
    var owner: ManifestOwner
    /// Nil removes the file.
    var content: [UInt8]?
  }

  /// Asked before files are removed, with a deployment that they name: whether the files stay.
  typealias Keeping = @Sendable (_ deploymentId: String) async throws -> Bool

  /// The id of the deployment, or of the deletion.
  var id: String
  var message: String
  var edits: [Edit]
  /// Files that were edited by hand, whose edits it discards.
  var overwritten: [String] = []
  /// Asked for files that it removes; nil when none of them may stay.
  var isKept: Keeping?

  init(id: String, message: String, edits: [Edit], isKept: Keeping? = nil) {
    self.isKept = isKept
    self.id = id
    self.message = message
    self.edits = edits
  }
}

extension GitOpsCommit {
  /// The commit of a deployment.
  init(_ order: DeploymentOrder) throws(IntegrationError) {
    id = order.deployment.id
    message = GitOpsMessage(order).text
    edits = [
      Edit(
        path: try GitOpsPath.manifest(
          of: ManifestOwner(order), below: order.environment.gitopsPath),
        owner: ManifestOwner(order), content: Manifest(order).render())
    ]
  }
}

// MARK: Relation to the existing files

extension GitOpsCommit {
  /// Whether the files are in the state that the commit gives them. A removed file may have been
  /// replaced by another owner's.
  func isPublished(_ findings: [String: GitOpsFinding]) -> Bool {
    edits.allSatisfy { edit in
      switch edit.claim(findings) {
      case .own(let deploymentIds): edit.content != nil && deploymentIds == [id]
      case .foreign, nil: edit.content == nil
      }
    }
  }

  /// Why the commit cannot be made: a file of another owner is in its place.
  func obstacle(_ findings: [String: GitOpsFinding]) -> IntegrationError? {
    for edit in edits where edit.content != nil {
      let (path, what): (String, String)
      switch findings[edit.path] ?? .nothing {
      case .nothing: continue
      case .file where edit.claim(findings) != .foreign: continue
      case .file: (path, what) = (edit.path, "a file")
      case .obstacle(let place, let kind): (path, what) = (place, kind.words)
      case .damaged: continue
      }
      return IntegrationError(
        .refused,
        "'\(path)' in the GitOps repository is \(what) of somebody else, which no deployment replaces"
      )
    }
    return nil
  }

  /// The commit adapted to the files that exist: it leaves files of other owners alone, and records
  /// which edits it overwrites.
  func adapted(to findings: [String: GitOpsFinding]) -> GitOpsCommit {
    var commit = self
    commit.edits.removeAll { $0.content == nil && !$0.isOwn(findings) }
    commit.overwritten = edits.filter { $0.isEditedByHand(findings) }.map(\.path)
    if !commit.overwritten.isEmpty {
      commit.message = GitOpsMessage.text(
        message,
        noting: "This discards changes that were made by hand in "
          + commit.overwritten.joined(separator: ", "))
    }
    return commit
  }
}

// MARK: Files that stay

extension GitOpsCommit {
  /// The findings, with files that stay although the commit would remove them marked as another
  /// owner's.
  func sparing(
    _ findings: [String: GitOpsFinding]
  ) async throws -> [String: GitOpsFinding] {
    guard let isKept else { return findings }
    var findings = findings
    for edit in edits where edit.content == nil {
      guard case .own(let deploymentIds) = edit.claim(findings) else { continue }
      for id in deploymentIds where try await isKept(id) {
        findings[edit.path] = .obstacle(path: edit.path, .file)
      }
    }
    return findings
  }
}

extension GitOpsCommit.Edit {
  /// Nil where there is no file.
  fileprivate func claim(_ findings: [String: GitOpsFinding]) -> ManifestOwner.Claim? {
    guard case .file(let content) = findings[path] else { return nil }
    return owner.claim(on: content)
  }

  fileprivate func isOwn(_ findings: [String: GitOpsFinding]) -> Bool {
    if case .own = claim(findings) { true } else { false }
  }

  fileprivate func isEditedByHand(_ findings: [String: GitOpsFinding]) -> Bool {
    guard case .file(let content) = findings[path],
      case .own(let deploymentIds) = claim(findings)
    else { return false }
    // A file that names several deployments was not written by trackd alone.
    guard let id = deploymentIds.first, deploymentIds.count == 1 else { return true }
    return ManifestChecksum.isBroken(content, deploymentId: id)
  }
}

extension GitOpsFinding.Kind {
  fileprivate var words: String {
    switch self {
    case .file, .longFile: "a file"
    case .folder: "a folder"
    case .link: "a link"
    case .submodule: "a submodule"
    }
  }
}

/// The paths of manifests.
enum GitOpsPath {
  /// `<folder>/<component>/<track>/<environment>.yaml`
  static func manifest(
    of owner: ManifestOwner, below folder: String
  ) throws(IntegrationError) -> String {
    do {
      try GitOpsFolder.check(folder)
    } catch {
      throw IntegrationError(.invalid, "the environment's GitOps path \(error.description)")
    }
    return
      (GitOpsFolder.segments(folder)
      + [owner.componentId, owner.trackId, "\(owner.environmentId).yaml"])
      .joined(separator: "/")
  }
}
