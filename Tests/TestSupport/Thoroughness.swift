import Foundation

/// The thoroughness of tests that try every point of a process.
public enum Thoroughness {
  /// The tests try one point in `step`. A sanitizer makes each point many times slower, so that
  /// only some points fit into a suite's time limit; a prime, so that no rhythm of the points is
  /// missed.
  public static let step = ProcessInfo.processInfo.environment["TRACKD_SANITIZED"] == nil ? 1 : 7
}
