import TrackDomain

/// A commit that is to be made in a GitOps repository.
struct GitOpsCommit: Sendable {
  /// What a file is to be.
  struct Edit: Sendable {
    /// From the root; no segment is empty, `.`, `..` or `.git`.
    var path: String
    /// Whose file it is: what is not theirs stays as it is.
    var owner: ManifestOwner
    /// Nil removes the file.
    var content: [UInt8]?
  }

  /// Asked, before files are removed, with a deployment that they name: whether they stay.
  typealias Keeping = @Sendable (_ deploymentId: String) async throws -> Bool

  /// The deployment's, or the deletion's.
  var id: String
  var message: String
  var edits: [Edit]
  /// Files with changes by hand, which it discards.
  var overwritten: [String] = []
  /// For what it removes; nil when nothing stays.
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

// MARK: Upon what is there

extension GitOpsCommit {
  /// Whether the files are what the commit makes them. What was removed may be somebody else's by now.
  func isPublished(_ findings: [String: GitOpsFinding]) -> Bool {
    edits.allSatisfy { edit in
      switch edit.claim(findings) {
      case .own(let deploymentIds): edit.content != nil && deploymentIds == [id]
      case .foreign, nil: edit.content == nil
      }
    }
  }

  /// Why the commit cannot be made: what is there is somebody else's.
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

  /// The commit as it is to be made upon what is there: it removes nothing of others, and tells what it
  /// overwrites.
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

// MARK: What stays

extension GitOpsCommit {
  /// What there is, but for files that stay though the commit would remove them: they count as somebody
  /// else's.
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
    // Of several, one at most is what trackd wrote.
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

/// Where manifests are.
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
