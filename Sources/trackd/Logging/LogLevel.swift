/// The importance of a log line. Lines below the level that the operator chose are not written.
enum LogLevel: String, CaseIterable, Comparable {
  case debug, info, warning, error

  static func < (left: LogLevel, right: LogLevel) -> Bool { left.rank < right.rank }

  var rank: UInt8 {
    switch self {
    case .debug: 0
    case .info: 1
    case .warning: 2
    case .error: 3
    }
  }
}

/// The form of log lines: `key=value` text for people, or one JSON object per line.
enum LogFormat: String, CaseIterable {
  case text, json
}
