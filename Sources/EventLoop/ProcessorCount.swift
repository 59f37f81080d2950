import CLinux

/// How many threads make sense.
public enum ProcessorCount {
  /// Processors that this process may run on, at least 1 (sched_getaffinity).
  public static var available: Int { max(1, Int(cl_available_processors())) }
}
