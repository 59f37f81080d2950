import CLinux

/// How many files and sockets this process may have open at once (RLIMIT_NOFILE).
public enum DescriptorLimit {
  /// Raises the soft limit to the hard one, and tells how many that allows.
  public static func raise() -> Int {
    let limit = cl_raise_descriptor_limit()
    // What POSIX guarantees; getrlimit fails for mistaken arguments only.
    return limit < 0 ? 20 : limit
  }
}
