/// A program to run, with all that it gets from its parent: nothing is inherited.
public struct ChildCommand: Sendable, Hashable {
  /// The program's path. PATH is not searched.
  public var path: String
  /// Without the program's own name, which is `path`.
  public var arguments: [String]
  /// The whole environment.
  public var environment: [String: String]
  /// Where it starts; nil for where this process is.
  public var directory: String?
  /// The longest file that it, or a child of it, may write; nil for no limit.
  public var maximumFileBytes: UInt64?

  public init(
    path: String, arguments: [String] = [], environment: [String: String] = [:],
    directory: String? = nil, maximumFileBytes: UInt64? = nil
  ) {
    self.path = path
    self.arguments = arguments
    self.environment = environment
    self.directory = directory
    self.maximumFileBytes = maximumFileBytes
  }

  /// Whether everything can be handed over: texts in C end at the first NUL.
  var isSound: Bool {
    ([path, directory ?? ""] + arguments + environment.flatMap { [$0.key, $0.value] })
      .allSatisfy { !$0.utf8.contains(0) } && environment.keys.allSatisfy { !$0.contains("=") }
  }
}
