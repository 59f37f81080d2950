/// The exit status of trackctl.
enum ExitCode: Int32, Sendable, CaseIterable {
  case success = 0
  case failed = 1
  case usage = 2
  case notFound = 3
  case refused = 4
  case unavailable = 5

  var meaning: String {
    switch self {
    case .success: "done"
    case .failed: "a deployment failed, or the server did; the answer is no"
    case .usage: "the command line, or what it asks for, makes no sense"
    case .notFound: "something that was named is not there"
    case .refused: "a rule or a limit forbids it, or somebody else was faster"
    case .unavailable: "the server cannot be reached, or not in time: try again"
    }
  }
}
