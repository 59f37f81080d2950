import EventLoop

/// Returns memory to the system after bursts, on a thread of its own, as long as the process lives.
enum MemoryKeeper {
  private static let pauseMicroseconds: UInt32 = 2_000_000

  /// How many bytes each thread's heap may keep: more than nearly all requests and replies take.
  private static let keptBytes: Int32 = 512 << 10

  static func start() throws(SystemError) {
    ProcessMemory.boundKept(bytes: keptBytes)
    // Measured here, because a burst may come before the first check.
    let atStart = ProcessMemory.residentBytes
    _ = try SystemThread(name: "memory") {
      var policy = TrimPolicy(resident: atStart)
      while true {
        SystemThread.sleep(microseconds: pauseMicroseconds)
        guard let resident = ProcessMemory.residentBytes else { return }
        guard policy.shouldTrim(resident: resident) else { continue }
        ProcessMemory.trim()
        policy.trimmed(from: resident, to: ProcessMemory.residentBytes ?? resident)
      }
    }
  }
}
