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

/// Something named on the command line is not there, as trackctl found out by itself.
struct NotFound: Error {
  let message: String
  /// The command that lists what is.
  let list: String

  init(_ message: String, list: String) {
    self.message = message
    self.list = list
  }
}
