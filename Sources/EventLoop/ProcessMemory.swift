import CLinux

/// The memory of this process, as the system and the allocator see it. Any thread.
public enum ProcessMemory {
  /// Bytes in memory; nil where the system does not tell.
  public static var residentBytes: Int? {
    let bytes = cl_resident_bytes()
    return bytes < 0 ? nil : bytes
  }

  /// Gives what the allocator keeps for later back to the system; takes up to some milliseconds.
  public static func giveBack() { cl_trim_memory() }

  /// Bounds what the allocator keeps for later where `giveBack` does not reach, by itself: up to
  /// some megabytes for each thread, once a large block was freed. To be called first thing.
  ///
  /// - Parameter bytes: for each thread; larger blocks come from the system and go back to it.
  public static func boundKept(bytes: Int32) { cl_bound_kept_memory(bytes) }
}
