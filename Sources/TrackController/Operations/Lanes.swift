/// Work that was leased and waits for its lane: each lane does one batch at a time, and what comes
/// meanwhile forms the next one.
actor Lanes<Job: Sendable> {
  private var waiting: [String: [Job]] = [:]
  private var busy: Set<String> = []
  private(set) var isDraining = false

  func add(_ jobs: [Job], to lane: String) {
    waiting[lane, default: []] += jobs
  }

  /// How many jobs wait, but for those of one lane.
  func count(without lane: String) -> Int {
    waiting.reduce(0) { $0 + ($1.key == lane ? 0 : $1.value.count) }
  }

  /// The lanes that have work and do not run. The caller runs each until `take` says nil.
  func start() -> [String] {
    let lanes = waiting.keys.filter { !busy.contains($0) }
    busy.formUnion(lanes)
    return lanes
  }

  /// The next batch of a lane; nil when there is none, and the lane does not run then.
  func take(_ lane: String, atMost limit: Int) -> [Job]? {
    guard !isDraining, let jobs = waiting[lane] else {
      busy.remove(lane)
      return nil
    }
    waiting[lane] = jobs.count > limit ? Array(jobs.dropFirst(limit)) : nil
    return Array(jobs.prefix(limit))
  }

  /// From now on lanes end after the batch that they are doing.
  func drain() {
    isDraining = true
  }
}
