import EventLoop

/// One command line of git, in the making. `Git` makes the whole of it.
struct GitCommand: Sendable {
  /// The subcommand and its options, all of them ours.
  var words: [String]
  /// What goes behind `--`: whatever it is, it is no option.
  var operands: [String]
  /// The repository's own directory; nil for commands without one.
  var repository: String?
  /// Settings as `name=value`, in force for this command.
  var settings: [String]

  init(
    _ words: String..., operands: [String] = [], repository: String? = nil,
    settings: [String] = []
  ) {
    self.words = words
    self.operands = operands
    self.repository = repository
    self.settings = settings
  }
}
