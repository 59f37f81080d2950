import CLinux

/// The processors of this process.
public enum ProcessorCount {
  /// Processors that this process may run on, at least 1 (sched_getaffinity).
  public static var available: Int { max(1, Int(cl_available_processors())) }
}

/// How many files and sockets this process may have open at once (RLIMIT_NOFILE).
public enum DescriptorLimit {
  /// Raises the soft limit to the hard one, and tells how many that allows.
  public static func raise() -> Int {
    let limit = cl_raise_descriptor_limit()
    // 20 is POSIX's minimum; getrlimit fails only for wrong arguments.
    return limit < 0 ? 20 : limit
  }
}

/// Core dumps of this process and its children.
public enum CoreDumps {
  /// Leaves no memory in them: it holds what callers and Git servers trust this process with. Call
  /// it first in `main`; debuggers go on working.
  public static func forbid() throws(SystemError) {
    try SystemCall.value("setrlimit") { cl_forbid_core_dumps() }
  }
}

/// The memory of this process, as the system and the allocator see it. Any thread.
public enum ProcessMemory {
  /// Bytes in memory; nil where the system does not tell.
  public static var residentBytes: Int? {
    let bytes = cl_resident_bytes()
    return bytes < 0 ? nil : bytes
  }

  /// Bytes that the allocator has given out, and that it keeps free. Waits for each thread's heap
  /// in turn, for a moment.
  public static var heapBytes: (used: Int, free: Int) {
    var (used, free): (Int64, Int64) = (0, 0)
    unsafe cl_heap_bytes(&used, &free)
    return (Int(used), Int(free))
  }

  /// Returns the allocator's free memory to the system; takes up to some milliseconds.
  public static func trim() { cl_trim_memory() }

  /// Bounds the free memory that the allocator keeps for each thread, which `trim` does not reach:
  /// without a bound it grows to some megabytes once a large block was freed. Call it first in
  /// `main`.
  ///
  /// - Parameter bytes: for each thread; larger blocks come from the system and go back to it.
  public static func boundKept(bytes: Int32) { cl_bound_kept_memory(bytes) }
}

/// What the system has counted for this process. Any thread.
public enum ProcessUsage {
  /// The time that its threads have taken of the processors.
  public static var processorTime: Duration { .nanoseconds(cl_process_ns()) }

  /// Its open descriptors; nil where the system does not tell. Reads a folder of the system.
  public static var openDescriptors: Int? {
    let count = cl_open_descriptors()
    return count < 0 ? nil : count
  }

  /// Bytes of a file; nil where there is none.
  public static func fileBytes(_ path: String) -> Int? {
    let bytes = unsafe cl_file_bytes(path)
    return bytes < 0 ? nil : bytes
  }
}

/// The environment of this process.
public enum ProcessEnvironment {
  /// A copy of all variables; invalid UTF-8 is repaired. Read it before another thread may change
  /// the environment.
  public static var variables: [String: String] {
    var variables: [String: String] = [:]
    var index = 0
    while let entry = unsafe cl_environment_entry(index) {
      index += 1
      let text = unsafe String(cString: entry)
      guard let separator = text.firstIndex(of: "=") else { continue }
      variables[String(text[..<separator])] = String(text[text.index(after: separator)...])
    }
    return variables
  }
}
