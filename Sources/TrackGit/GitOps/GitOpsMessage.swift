import TrackDomain

/// The message of a commit: a line for people, and trailers for programs
/// (git-interpret-trailers(1)).
struct GitOpsMessage {
  let text: String

  /// The message of a deployment.
  init(_ order: DeploymentOrder) {
    let deployment = order.deployment
    var trailers = [
      ("Deployment", deployment.id), ("Component", order.component.id),
      ("Track", order.track.id), ("Environment", order.environment.id),
      ("Image", order.image.id), ("Kind", Self.word(deployment.kind)),
    ]
    if !deployment.actor.name.isEmpty { trailers.append(("Actor", deployment.actor.name)) }
    if !deployment.actor.onBehalfOf.isEmpty {
      trailers.append(("On-Behalf-Of", deployment.actor.onBehalfOf))
    }
    let track = order.track.version?.description ?? order.track.branch
    self.init(
      subject: "\(Self.verb(deployment.kind)) \(order.component.id) \(track) "
        + "in \(order.environment.name)",
      trailers: trailers)
  }

  /// The message of the removal of a track's manifests.
  init(_ withdrawal: Withdrawal) {
    let track = withdrawal.track.version?.description ?? withdrawal.track.branch
    self.init(
      subject: "Remove \(withdrawal.component.id) \(track)",
      trailers: [
        ("Deletion", withdrawal.operationId), ("Component", withdrawal.component.id),
        ("Track", withdrawal.track.id),
      ])
  }

  /// The message of an empty commit, after which nobody publishes these deployments, or removes what
  /// these deletions were about.
  init(settling ids: [String], epoch: Int64) {
    self.init(
      subject: "Settle what was not published",
      trailers: [("Epoch", "\(epoch)")] + ids.map { ("Settled", $0) })
  }

  /// The trailer of the commit that publishes a deployment.
  static func trailer(ofDeployment id: String) -> String { "Trackd-Deployment: \(id)" }

  private init(subject: String, trailers: [(String, String)]) {
    let lines = trailers.map { "Trackd-\($0.0): \(Self.safe($0.1))" }
    text = "\(Self.safe(subject))\n\n" + lines.joined(separator: "\n") + "\n"
  }

  /// A message with one more sentence, which stands before the trailers.
  static func text(_ text: String, noting note: String) -> String {
    let lines = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
    return lines[0] + "\n\n\(safe(note)).\n" + (lines.count > 1 ? lines[1] : "")
  }

  /// One line of at most 255 characters, whatever the text holds.
  private static func safe(_ text: String) -> String {
    var line = ""
    for scalar in text.unicodeScalars.prefix(255) {
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator, .format: line += " "
      default: line.unicodeScalars.append(scalar)
      }
    }
    return line
  }

  private static func verb(_ kind: DeploymentKind) -> String {
    switch kind {
    case .deploy: "Deploy"
    case .rollback: "Roll back"
    case .auto: "Auto-deploy"
    case .redeploy: "Redeploy"
    }
  }

  private static func word(_ kind: DeploymentKind) -> String {
    switch kind {
    case .deploy: "DEPLOY"
    case .rollback: "ROLLBACK"
    case .auto: "AUTO"
    case .redeploy: "REDEPLOY"
    }
  }
}
