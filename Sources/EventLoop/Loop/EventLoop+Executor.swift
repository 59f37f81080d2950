extension EventLoop {
  /// Takes a job; on the loop's own thread without lock or system call.
  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    if isCurrent {
      jobs.append(job)
    } else {
      inbox.add(job)
    }
  }

  public func asUnownedSerialExecutor() -> UnownedSerialExecutor {
    unsafe UnownedSerialExecutor(ordinary: self)
  }

  public func asUnownedTaskExecutor() -> UnownedTaskExecutor {
    unsafe UnownedTaskExecutor(ordinary: self)
  }

  public func isIsolatingCurrentContext() -> Bool? { isCurrent }

  public func checkIsolated() {
    precondition(isCurrent, "not on event loop \(name)")
  }

  /// Runs queued jobs and closures until none is left, or for 64 rounds: events and timers must get
  /// their turn.
  func runJobs() {
    for _ in 0..<64 {
      if jobs.isEmpty && closures.isEmpty { return }
      workDone &+= 1
      runClosures()
      swap(&jobs, &runningJobs)
      var index = 0
      while index < runningJobs.count {
        // As a task's executor: under the name of the serial one, which no actor here has, every
        // call of a concurrent function would enqueue its task anew, on the executor it is on.
        unsafe runningJobs[index].runSynchronously(on: asUnownedTaskExecutor())
        index += 1
      }
      runningJobs.removeAll(keepingCapacity: runningJobs.capacity <= 4096)
    }
  }

  private func runClosures() {
    if closures.isEmpty { return }
    let taken = closures
    closures = []
    for closure in taken { closure() }
  }
}
