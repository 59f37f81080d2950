import EventLoop
import TLS

/// Reads arguments and environment into a `Command`. Pure: touches no file and no socket.
///
/// A flag is `--name VALUE` or `--name=VALUE`, and `--name` alone for a switch. A flag wins over
/// its environment variable, which wins over the default. A flag with one value may not be given
/// twice.
struct CommandLineParser {
  /// - Parameter arguments: without the program's name.
  static func parse(
    _ arguments: [String], environment: [String: String]
  ) throws(UsageError) -> Command {
    guard let first = arguments.first else { return .help(HelpText.overview) }
    switch first {
    case "--help", "-h", "help": return .help(HelpText.overview)
    case "--version", "version": return .version
    case "serve": return try parseServe(Array(arguments.dropFirst()), environment: environment)
    default:
      let what = first.hasPrefix("-") ? "option" : "command"
      throw UsageError("unknown \(what) '\(shown(first))'; commands: serve. See 'trackd --help'")
    }
  }

  private static func parseServe(
    _ arguments: [String], environment: [String: String]
  ) throws(UsageError) -> Command {
    var given: [ServeFlag: [String]] = [:]
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      if argument == "--help" || argument == "-h" { return .help(HelpText.serve) }
      let (flag, inline) = try split(argument)
      guard let value = inline ?? flag.impliedValue ?? rest.popFirst() else {
        throw UsageError("\(flag.name) needs a value: \(flag.valueHelp)")
      }
      if !flag.repeats && given[flag] != nil {
        throw UsageError("\(flag.name) is given twice")
      }
      given[flag, default: []].append(value)
    }
    var options = ServeOptions()
    var sources: [ServeFlag: String] = [:]
    for flag in ServeFlag.allCases {
      if let values = given[flag] {
        sources[flag] = flag.name
        for value in values { try flag.apply(value, to: &options, source: flag.name) }
      } else if let value = environment[flag.variable], !value.isEmpty {
        sources[flag] = flag.variable
        let values = flag.repeats ? value.split(separator: ",").map(String.init) : [value]
        if values.isEmpty { throw UsageError("\(flag.variable): '\(value)' names nothing") }
        for value in values { try flag.apply(value, to: &options, source: flag.variable) }
      }
    }
    for action in StepHook.Action.allCases {
      guard let text = environment[action.rawValue], !text.isEmpty else { continue }
      guard let hook = StepHook(action, text) else {
        throw UsageError("\(action.rawValue): '\(text)' is not valid")
      }
      options.stepHooks.append(hook)
    }
    let isElsewhere = options.store != nil
    for flag in ServeFlag.allCases {
      guard let source = sources[flag] else { continue }
      if flag.isOfSQLite, isElsewhere {
        throw UsageError("\(source) is for a store in the data folder alone")
      }
      if flag.isOfPostgreSQL, !isElsewhere {
        throw UsageError(
          "\(source) is for a store on PostgreSQL alone: see \(ServeFlag.store.name)")
      }
    }
    let inherits = try hasInheritedListeners(environment)
    if options.listen.isEmpty, !inherits { options.listen = [try defaultAddress()] }
    options.tlsFiles = try options.tls.files()
    try options.remotes.check()
    let tracesSecurely = options.otlp.map { RemoteAddresses.split($0).isSecure } ?? false
    try options.otlpTLS.check(
      "--otlp", isUsed: tracesSecurely, by: "--otlp with an address with tls:")
    return .serve(options)
  }

  /// An argument without what may be a password: a URL is told by its scheme.
  private static func shown(_ argument: String) -> String {
    guard let scheme = argument.firstRange(of: "://") else { return argument }
    return argument[..<scheme.upperBound] + "..."
  }

  private static func split(_ argument: String) throws(UsageError) -> (ServeFlag, String?) {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard argument.hasPrefix("--") else {
      throw UsageError("unexpected argument '\(shown(argument))'. See 'trackd serve --help'")
    }
    guard let flag = ServeFlag.allCases.first(where: { $0.name == parts[0] }) else {
      throw UsageError("unknown option '\(parts[0])'. See 'trackd serve --help'")
    }
    return (flag, parts.count == 2 ? String(parts[1]) : nil)
  }

  private static func hasInheritedListeners(
    _ environment: [String: String]
  ) throws(UsageError) -> Bool {
    do throws(ServiceManager.Malformed) {
      return try !ServiceManager(environment: environment).listeners.isEmpty
    } catch {
      throw UsageError(error.description)
    }
  }

  private static func defaultAddress() throws(UsageError) -> SocketAddress {
    try ServeFlag.address("127.0.0.1:50051", source: "default")
  }
}
