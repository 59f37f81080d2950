import Foundation

/// How thorough the tests are that try every point of something.
public enum Thoroughness {
  /// They try one point in so many. Under a sanitizer, which makes each point many times slower, a
  /// part of them has to do in the time that a suite has; a prime, so that no rhythm is missed.
  public static let step = ProcessInfo.processInfo.environment["TRACKD_SANITIZED"] == nil ? 1 : 7
}
