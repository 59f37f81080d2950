import TrackDomain

/// What became of a deployment that was worked on.
enum DeploymentOutcome: Sendable {
  /// It is in its environment, with that commit.
  case succeeded(String)
  /// Trying again does not help.
  case failed(String)
  /// Trying again may help; when nobody was asked, after so long.
  case unavailable(String, retryAfter: Duration? = nil)
  /// Somebody else ended it before it was published.
  case withdrawn
  /// Another executor has it: nothing is written of it.
  case leaseLost

  init(_ error: IntegrationError) {
    let message = error.keptMessage
    self =
      error.isTemporary
      ? .unavailable(message, retryAfter: error.retryAfter) : .failed(message)
  }
}

extension IntegrationError {
  /// As much of the message as is kept: others made it, and it goes into the history.
  var keptMessage: String { String(message.unicodeScalars.prefix(1024)) }
}

/// The deployments of a batch on their way through the steps.
struct DeploymentBatch: Sendable {
  let jobs: [DeploymentJob]
  /// All that could be read.
  private(set) var loaded: [String: DeploymentOrder] = [:]
  /// Those that go on.
  var orders: [DeploymentOrder] = []
  /// Those that do not.
  var outcomes: [String: DeploymentOutcome] = [:]
  /// Where they go; nothing for deployers that keep no places.
  private(set) var places: [String: DeploymentPlace] = [:]
  /// The commits that were made for those that are about to be published, or were once.
  var hashes: [String: String] = [:]

  init(_ jobs: [DeploymentJob]) {
    self.jobs = jobs
    for job in jobs where job.operation.step >= .publishing {
      hashes[job.id] = job.operation.gitopsHash
    }
  }

  /// The jobs whose lease holds, as far as it is known.
  var heldJobs: [DeploymentJob] {
    jobs.filter { job in
      if case .leaseLost = outcomes[job.id] { false } else { true }
    }
  }

  /// The orders go on their way, each with the commit that may have been published for it before.
  mutating func begin(_ orders: [DeploymentOrder]) {
    self.orders = orders
    for index in orders.indices {
      let id = orders[index].deployment.id
      if let hash = hashes[id] { self.orders[index].deployment.gitopsHash = hash }
      loaded[id] = self.orders[index]
    }
  }

  /// It is known where the orders go, by environment.
  mutating func settle(_ found: [Environment: DeploymentPlace]) {
    for index in orders.indices {
      guard let place = found[orders[index].environment] else { continue }
      let id = orders[index].deployment.id
      orders[index].environment.place = place
      loaded[id]?.environment.place = place
      places[id] = place
    }
  }

  /// What the batch tells of those who were to be asked.
  func end(at time: Timestamp) -> LaneTable.End {
    var wish: Duration?
    for outcome in outcomes.values {
      guard case .unavailable(_, let retryAfter) = outcome else { return .answered }
      if let retryAfter { wish = max(wish ?? .zero, retryAfter) }
    }
    return .silent(wish, at: time)
  }

  /// Takes what has an outcome off its way.
  mutating func end(_ ended: [String: DeploymentOutcome]) {
    outcomes.merge(ended) { _, new in new }
    orders.removeAll { ended[$0.deployment.id] != nil }
  }
}
