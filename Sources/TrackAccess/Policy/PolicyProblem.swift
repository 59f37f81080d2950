/// One thing that is wrong with a policy.
public struct PolicyProblem: Sendable, Hashable {
  /// The keys that lead there, such as `bindings[2].scope.project`; empty for the whole file.
  public var path: String
  /// From 1; the column in characters.
  public var line: Int
  public var column: Int
  public var message: String

  /// `policy.yaml:3:5: bindings[0].role: is not one of the roles`.
  public func text(file: String) -> String {
    "\(file):\(line):\(column): " + (path.isEmpty ? "" : path + ": ") + message
  }
}

/// Why a policy is not valid: everything that is wrong with it.
public struct PolicyError: Error, Sendable, Hashable {
  /// In the order of the file.
  public var problems: [PolicyProblem]
}
