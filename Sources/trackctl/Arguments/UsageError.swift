/// The command line is wrong; the message is for the user.
struct UsageError: Error, Equatable {
  let message: String
  /// The command whose `--help` explains more.
  var command = ""

  init(_ message: String, command: String = "") {
    self.message = message
    self.command = command
  }
}

/// trackctl itself found that a resource named on the command line does not exist.
struct NotFound: Error {
  let message: String
  /// The command that lists the existing ones.
  let list: String

  init(_ message: String, list: String) {
    self.message = message
    self.list = list
  }
}
