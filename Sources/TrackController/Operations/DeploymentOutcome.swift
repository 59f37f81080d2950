import TrackDomain

/// The result of one run of a deployment.
enum DeploymentOutcome: Sendable {
  /// Published, with this commit.
  case succeeded(String)
  /// Trying again does not help.
  case failed(String)
  /// Trying again may help. `retryAfter` is set when a system pauses and was not asked.
  case unavailable(String, retryAfter: Duration? = nil)
  /// It would fail, but may be published by what was begun: it is tried again until that is known.
  case unsettled(String)
  /// A caller or a rule ended it before it was published.
  case withdrawn
  /// Another executor has the lease: this one writes nothing about the deployment.
  case leaseLost

  init(_ error: IntegrationError) {
    let message = error.keptMessage
    self =
      error.isTemporary
      ? .unavailable(message, retryAfter: error.retryAfter) : .failed(message)
  }
}

extension DeploymentOutcome {
  /// Whether it is known whether the deployment was published.
  var isCertain: Bool {
    switch self {
    case .unavailable, .unsettled: false
    case .succeeded, .failed, .withdrawn, .leaseLost: true
    }
  }

  /// The failure of a deployment of which nobody will tell whether it was published.
  var doubted: DeploymentOutcome {
    switch self {
    case .failed(let error), .unavailable(let error, _), .unsettled(let error):
      .failed(error + "; whether its commit was published is not known")
    case .succeeded, .withdrawn, .leaseLost: self
    }
  }

  /// Whether the deployment fails with it, after so many attempts.
  func isEnd(after attempts: Int32, of maximum: Int32) -> Bool {
    switch self {
    case .failed: true
    case .unavailable(_, let retryAfter): retryAfter == nil && attempts >= maximum
    case .succeeded, .unsettled, .withdrawn, .leaseLost: false
    }
  }
}

extension IntegrationError {
  /// The message for the history, cut to a bounded length because other systems wrote it.
  var keptMessage: String { String(message.unicodeScalars.prefix(1024)) }
}

/// The deployments of a batch on their way through the steps.
struct DeploymentBatch: Sendable {
  let jobs: [DeploymentJob]
  /// All orders that could be read, by deployment.
  private(set) var loaded: [String: DeploymentOrder] = [:]
  /// The orders that go on.
  var orders: [DeploymentOrder] = []
  /// The outcomes of the deployments that do not go on.
  var outcomes: [String: DeploymentOutcome] = [:]
  /// The places of the orders, by deployment; empty for deployers that keep no places.
  private(set) var places: [String: DeploymentPlace] = [:]
  /// The commits that are about to be published, or may have been, by deployment.
  var hashes: [String: String] = [:]
  /// Deployments of which this run has begun a publication whose end is unknown.
  var doubted: Set<String> = []

  init(_ jobs: [DeploymentJob]) {
    self.jobs = jobs
    for job in jobs where job.operation.step >= .publishing {
      hashes[job.id] = job.operation.gitopsHash
    }
  }

  /// The jobs whose lease is not known to be lost.
  var heldJobs: [DeploymentJob] {
    jobs.filter { job in
      if case .leaseLost = outcomes[job.id] { false } else { true }
    }
  }

  /// Starts with these orders, each with the commit that an earlier run may have published for it.
  mutating func begin(_ orders: [DeploymentOrder]) {
    self.orders = orders
    for index in orders.indices {
      let id = orders[index].deployment.id
      if let hash = hashes[id] { self.orders[index].deployment.gitopsHash = hash }
      loaded[id] = self.orders[index]
    }
  }

  /// Sets the places of the orders, by environment.
  mutating func settle(_ found: [Environment: DeploymentPlace]) {
    for index in orders.indices {
      guard let place = found[orders[index].environment] else { continue }
      let id = orders[index].deployment.id
      orders[index].environment.place = place
      loaded[id]?.environment.place = place
      places[id] = place
    }
  }

  /// The result for the lane: silent unless some deployment has an outcome that says that a system
  /// answered.
  func end(at time: Timestamp) -> LaneTable.End {
    var wish: Duration?
    for outcome in outcomes.values {
      switch outcome {
      case .unavailable(_, let retryAfter):
        if let retryAfter { wish = max(wish ?? .zero, retryAfter) }
      case .unsettled: continue
      case .succeeded, .failed, .withdrawn, .leaseLost: return .answered
      }
    }
    return .silent(wish, at: time)
  }

  /// Removes orders that have an outcome.
  mutating func end(_ ended: [String: DeploymentOutcome]) {
    outcomes.merge(ended) { _, new in new }
    orders.removeAll { ended[$0.deployment.id] != nil }
  }
}
