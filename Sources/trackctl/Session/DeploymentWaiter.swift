import EventLoop
import RPC
import TrackMessages

/// Follows a deployment until its state is final, and reports its progress on stderr.
struct DeploymentWaiter {
  let session: Session
  let limit: Duration

  static let noWait = Flag("no-wait", "come back as soon as the deployment is accepted")
  static let waitTimeout = Flag(
    "wait-timeout", .text("SECONDS"), "how long to wait for its end [600]")
  static let flags = [noWait, waitTimeout]

  init(_ session: Session, _ arguments: Arguments) throws(UsageError) {
    self.session = session
    limit = .seconds(try arguments.count(Self.waitTimeout) ?? 600)
  }

  /// Waits, unless the user asked not to; shows the deployment, or the one that would be made.
  ///
  /// - Parameter deed: completes "would", for a deployment that is only checked.
  func finish(
    _ accepted: Deployment, _ arguments: Arguments, _ deed: String
  ) async throws -> ExitCode {
    if session.output.isCheck {
      try show(accepted, Deed(deed, details: accepted.plan.text))
      return .success
    }
    let name = "deployment \(accepted.id) into \(accepted.environmentId)"
    tell(accepted, name)
    guard !arguments.has(Self.noWait) else {
      try show(accepted, Deed(deed, details: accepted.fields.text))
      return .success
    }
    guard let ended = try await end(of: accepted, name) else {
      session.output.note("it goes on: trackctl history shows how")
      return .unavailable
    }
    try show(ended, Deed(deed, details: ended.fields.text))
    return Self.status(of: ended)
  }

  private func show(_ deployment: Deployment, _ deed: Deed) throws {
    var response = GetDeploymentResponse()
    response.deployment = deployment
    try session.output.show(response, deed)
  }

  static func status(of deployment: Deployment) -> ExitCode {
    switch deployment.state {
    case .succeeded: .success
    case .cancelled, .superseded: .refused
    default: .failed
    }
  }

  /// Polls until the state is final, over a new connection when one breaks or hangs: the deployment
  /// goes on without it. Nil after the time limit.
  private func end(of accepted: Deployment, _ name: String) async throws -> Deployment? {
    let deadline = ContinuousClock.now + limit
    var last = accepted
    while !last.isFinal {
      do {
        guard let next = try await change(of: last, until: deadline) else { return nil }
        last = next
        tell(last, name)
      } catch let error as RPCError where ErrorReport.status(of: error) == .unavailable {
        session.output.note("\(name): the server cannot be asked now (\(error.message))")
        try await Task.sleep(for: .seconds(1))
      }
    }
    return last
  }

  /// The deployment once its state changes, another attempt has failed, or the first one has to
  /// wait; nil at the deadline.
  private func change(
    of last: Deployment, until deadline: ContinuousClock.Instant
  ) async throws -> Deployment? {
    try await session.connected { api in
      var pause = Duration.milliseconds(20)
      while ContinuousClock.now < deadline {
        let now = try await api.deployment(last.componentId, last.deploymentTrackId, last.id)
        if now.state != last.state || now.attempts > last.attempts || now.waits && !last.waits {
          return now
        }
        try await Task.sleep(for: pause)
        pause = min(pause * 2, .seconds(1))
      }
      return nil
    }
  }

  private func tell(_ deployment: Deployment, _ name: String) {
    session.output.note("\(name): \(deployment.progress)")
  }
}

extension Deployment {
  var isFinal: Bool { state != .queued && state != .inProgress && state != .unspecified }

  /// The state, with the reason if there is one.
  var progress: String {
    var text = Words.word(state)
    if !error.isEmpty { text += ": \(error)" }
    if waits { text += " (\(attemptsNote))" }
    if state == .succeeded, !gitopsHash.isEmpty { text += " as commit \(Words.short(gitopsHash))" }
    return text
  }

  /// Whether an attempt failed, or could not be made, and another one follows.
  var waits: Bool { !isFinal && !lastError.isEmpty }

  /// Why it is not done yet.
  var attemptsNote: String { attemptsNote(Words.line(lastError)) }

  func attemptsNote(_ error: String) -> String {
    let next = nextAttemptAt == nil ? "" : ", again at \(Words.time(nextAttemptAt))"
    let what = attempts == 0 ? "could not be tried" : "attempt \(attempts) failed"
    return "\(what)\(next): \(error)"
  }

  /// The fields of a deployment that is only planned: without id and state.
  var plan: FieldList {
    var planned = self
    planned.id = ""
    planned.createdAt = nil
    planned.startedAt = nil
    planned.endedAt = nil
    planned.error = ""
    return planned.fields(withState: false)
  }

  var fields: FieldList { fields(withState: true) }

  private func fields(withState: Bool) -> FieldList {
    var list = FieldList()
    list.add("deployment", id)
    list.add("component", componentId)
    list.add("track", deploymentTrackId)
    list.add("environment", environmentId)
    list.add("image", imageId)
    list.add("kind", Words.word(kind))
    if withState { list.add("state", Words.word(state)) }
    list.add("error", error)
    list.add("failed attempts", attempts == 0 ? "" : "\(attempts)")
    list.add("last error", lastError)
    list.add("next attempt", Words.time(nextAttemptAt))
    list.add("config revision", configRevision == 0 ? "(none)" : "\(configRevision)")
    let settings = apiSettings?.fields.map { "\($0.path) \($0.value)" } ?? []
    list.add("its own api settings", settings.joined(separator: "; "))
    list.add("gitops commit", gitopsHash)
    list.add("rolls back", rollbackOf)
    list.add("restores", restores)
    list.add("holds auto-deploy", Words.yes(holdsAutoDeploy))
    list.add("rolled back by", rolledBackBy)
    list.add("reason", reason)
    list.add("bypassed because", bypassReason)
    list.add("actor", actor)
    list.add("release", releaseMgtReleaseId)
    list.add("created", Words.time(createdAt))
    list.add("started", Words.time(startedAt))
    list.add("ended", Words.time(endedAt))
    return list
  }
}
