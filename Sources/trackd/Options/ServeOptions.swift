import EventLoop

/// What `trackd serve` was told to do.
struct ServeOptions: Equatable {
  var listen: [SocketAddress] = []
  var dataDirectory = "./trackd-data"
  /// Event loops; nil means one per core.
  var loops: Int?
  var logLevel = LogLevel.info
  var logFormat = LogFormat.text
  /// How long calls in flight may go on once a drain began.
  var grace = Duration.seconds(30)
}

/// What the command line asks for.
enum Command: Equatable {
  case serve(ServeOptions)
  case help(String)
  case version
}

/// A command line or environment that makes no sense; one line for the user.
struct UsageError: Error, Equatable {
  let message: String
  init(_ message: String) { self.message = message }
}
