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
    case "store": return try parseStore(Array(arguments.dropFirst()), environment: environment)
    default:
      let what = first.hasPrefix("-") ? "option" : "command"
      throw UsageError(
        "unknown \(what) '\(shown(first))'; commands: serve, store. See 'trackd --help'")
    }
  }

  private static func parseServe(
    _ arguments: [String], environment: [String: String]
  ) throws(UsageError) -> Command {
    guard let given = try Given(arguments, of: "serve") else { return .help(HelpText.serve) }
    if let operand = given.operands.first { throw unexpected(operand, "serve") }
    var options = ServeOptions()
    let sources = try given.apply(to: &options, environment)
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

  private static func unexpected(_ argument: String, _ command: String) -> UsageError {
    UsageError("unexpected argument '\(shown(argument))'. See 'trackd \(command) --help'")
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

// MARK: Flags
extension CommandLineParser {
  /// What stands on a command line.
  private struct Given {
    var flags: [ServeFlag: [String]] = [:]
    /// What is no flag.
    var operands: [String] = []

    /// Nil where help is asked for.
    ///
    /// - Parameters:
    ///   - command: for messages.
    ///   - known: the flags of the command.
    init?(
      _ arguments: [String], of command: String, known: [ServeFlag] = ServeFlag.allCases
    ) throws(UsageError) {
      var rest = arguments[...]
      while let argument = rest.popFirst() {
        if argument == "--help" || argument == "-h" { return nil }
        guard argument.hasPrefix("--") else {
          operands.append(argument)
          continue
        }
        let parts = argument.split(
          separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard let flag = known.first(where: { $0.name == parts[0] }) else {
          throw UsageError("unknown option '\(parts[0])'. See 'trackd \(command) --help'")
        }
        let inline = parts.count == 2 ? String(parts[1]) : nil
        guard let value = inline ?? flag.impliedValue ?? rest.popFirst() else {
          throw UsageError("\(flag.name) needs a value: \(flag.valueHelp)")
        }
        if !flag.repeats && flags[flag] != nil {
          throw UsageError("\(flag.name) is given twice")
        }
        flags[flag, default: []].append(value)
      }
    }

    /// Sets the options, those of the environment too.
    ///
    /// - Returns: where each flag is from.
    func apply(
      to options: inout ServeOptions, _ environment: [String: String],
      known: [ServeFlag] = ServeFlag.allCases
    ) throws(UsageError) -> [ServeFlag: String] {
      var sources: [ServeFlag: String] = [:]
      for flag in known {
        if let values = flags[flag] {
          sources[flag] = flag.name
          for value in values { try flag.apply(value, to: &options, source: flag.name) }
        } else if let value = environment[flag.variable], !value.isEmpty {
          sources[flag] = flag.variable
          let values = flag.repeats ? value.split(separator: ",").map(String.init) : [value]
          if values.isEmpty { throw UsageError("\(flag.variable): '\(value)' names nothing") }
          for value in values { try flag.apply(value, to: &options, source: flag.variable) }
        }
      }
      return sources
    }
  }
}

// MARK: trackd store
extension CommandLineParser {
  private static func parseStore(
    _ arguments: [String], environment: [String: String]
  ) throws(UsageError) -> Command {
    guard let name = arguments.first, name != "--help", name != "-h", name != "help" else {
      return .help(HelpText.store)
    }
    let rest = Array(arguments.dropFirst())
    switch name {
    case "copy":
      let flags: [ServeFlag] = [.data, .store, .storeFile, .deployer]
      guard let given = try Given(rest, of: "store", known: flags) else {
        return .help(HelpText.store)
      }
      if let operand = given.operands.first { throw unexpected(operand, "store") }
      var options = ServeOptions()
      _ = try given.apply(to: &options, environment, known: flags)
      guard let store = options.store else {
        throw UsageError(
          "store copy needs a database to copy to: \(ServeFlag.store.name) or "
            + "\(ServeFlag.storeFile.name)")
      }
      return .store(
        .copy(
          directory: options.dataDirectory, to: store,
          hasDeployer: options.remotes.deployer != nil))
    case "backup", "restore":
      guard let given = try Given(rest, of: "store", known: [.data]) else {
        return .help(HelpText.store)
      }
      var options = ServeOptions()
      _ = try given.apply(to: &options, environment, known: [.data])
      guard let file = given.operands.first, !file.isEmpty else {
        throw UsageError("store \(name) needs the backup's FILE")
      }
      if given.operands.count > 1 { throw unexpected(given.operands[1], "store") }
      let directory = options.dataDirectory
      return .store(
        name == "backup"
          ? .backup(directory: directory, file: file) : .restore(directory: directory, file: file))
    case "restored": return try parseRestored(rest, environment: environment)
    default:
      throw UsageError(
        "unknown command 'store \(shown(name))'; commands: copy, backup, restore, restored. See "
          + "'trackd store --help'")
    }
  }

  private static func parseRestored(
    _ arguments: [String], environment: [String: String]
  ) throws(UsageError) -> Command {
    let end = "--end"
    let flags: [ServeFlag] = [.data, .store, .storeFile]
    let rest = arguments.filter { $0 != end }
    guard let given = try Given(rest, of: "store", known: flags) else {
      return .help(HelpText.store)
    }
    if let operand = given.operands.first { throw unexpected(operand, "store") }
    var options = ServeOptions()
    let sources = try given.apply(to: &options, environment, known: flags)
    // A server may have both; here one of them would not count.
    if let store = sources[.store] ?? sources[.storeFile], given.flags[.data] != nil {
      throw UsageError("store restored is about one store: \(ServeFlag.data.name) or \(store)")
    }
    let store =
      options.store.map { RestoredStore.database($0) } ?? .directory(options.dataDirectory)
    return .store(.restored(store, ends: rest.count < arguments.count))
  }
}
