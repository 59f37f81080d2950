/// A command line that makes no sense; for the person who wrote it.
struct UsageError: Error, Equatable {
  let message: String
  /// The command whose `--help` says more.
  var command = ""

  init(_ message: String, command: String = "") {
    self.message = message
    self.command = command
  }
}
