/// How one part of the server is.
public struct DiagnosticFinding: Sendable, Equatable {
  public enum State: Sendable, Equatable {
    case ok
    /// It works; somebody should look at it.
    case warning
    /// It does not work.
    case failed
    /// It could not be found out.
    case unknown
  }

  /// Letters, digits and dashes.
  public let name: String
  public let state: State
  /// What was found, for people; may be empty.
  public let explanation: String
  /// What to do about it, for people; empty when nothing is to be done.
  public let advice: String

  public init(_ name: String, _ state: State, _ explanation: String = "", advice: String = "") {
    self.name = name
    self.state = state
    self.explanation = explanation
    self.advice = advice
  }
}

/// What a server supplies for `DiagnosticsService`.
public protocol DiagnosticsSource: Sendable {
  /// Such as `0.1.0`.
  var version: String { get }
  /// How long the server has run.
  var uptime: Duration { get }
  /// How each part is. Called for any number of callers at once, on their executors: it does not
  /// block, and ends within a few seconds.
  func findings() async -> [DiagnosticFinding]
}
