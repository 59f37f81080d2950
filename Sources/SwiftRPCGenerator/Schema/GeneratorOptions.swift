/// The options of `--swiftrpc_opt`: `Key=Value`, separated by commas.
///
/// - `Emit=Swift` (the default) writes Swift messages and services, `Emit=C` libprotobuf-c's
///   structs. Both need the same `Module`, `M` and `Missing`: C's names begin with the module's.
/// - `Module=M`: the Swift module of the output. Its C twin is `CM`, unless `CModule=N` says
///   otherwise.
/// - `Visibility=public|package|internal` of the generated declarations; `public` by default.
/// - `Mpath=Module`: the Swift module of imported .proto files in the folder, or of the file,
///   `path`. The longest path wins. The files that the libraries carry need none.
/// - `Missing=error` (the default) refuses a type of an imported file without a module;
///   `Missing=generate` writes such files along, into the module of the output.
/// - `Server=false`, `Client=false` leave out the server protocols, the client stubs.
/// - `Mock=true` adds services made of closures, for tests; it needs the server protocols.
/// - `DecodingMemory=N`: bytes that decoding one message of the services' methods may take, where
///   neither a call nor a server sets other limits.
/// - `Descriptors=false` leaves out the descriptors of the files: reflection does not know them.
public struct GeneratorOptions: Sendable {
  public enum Output: String, Sendable { case swift = "Swift", c = "C" }
  public enum Visibility: String, Sendable { case `public`, package, `internal` }
  private enum Missing: String { case error, generate }

  public var emit = Output.swift
  public var module = "Messages"
  public var cModule: String?
  public var visibility = Visibility.public
  public var modules: [String: String] = [:]
  public var generatesMissing = false
  public var server = true
  public var client = true
  public var mock = false
  public var descriptors = true
  public var decodingMemory: Int?

  public init() {}

  /// Parses the parameter of a `CodeGeneratorRequest`.
  public init(parameter: String) throws(GeneratorError) {
    for option in parameter.split(separator: ",") {
      let parts = option.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2 else { throw GeneratorError("option '\(option)' has no value") }
      try set(parts[0], to: parts[1])
    }
    guard server || !mock else { throw GeneratorError("Mock=true needs Server=true") }
  }

  private mutating func set(_ key: String, to value: String) throws(GeneratorError) {
    switch key {
    case "Emit": emit = try Self.choice(key, value)
    case "Module": module = try Self.module(key, value)
    case "CModule": cModule = try Self.module(key, value)
    case "Visibility": visibility = try Self.choice(key, value)
    case "Missing": generatesMissing = try Self.choice(key, value) as Missing == .generate
    case "Server": server = try Self.flag(key, value)
    case "Client": client = try Self.flag(key, value)
    case "Descriptors": descriptors = try Self.flag(key, value)
    case "DecodingMemory":
      guard let bytes = Int(value), bytes > 0 else {
        throw GeneratorError("option '\(key)' takes a number of bytes, not '\(value)'")
      }
      decodingMemory = bytes
    case "Mock": mock = try Self.flag(key, value)
    case _ where key.hasPrefix("M"): modules[String(key.dropFirst())] = try Self.module(key, value)
    default: throw GeneratorError("unknown option '\(key)'")
    }
  }

  private static func flag(_ key: String, _ value: String) throws(GeneratorError) -> Bool {
    guard let flag = Bool(value) else {
      throw GeneratorError("option '\(key)' cannot be '\(value)'")
    }
    return flag
  }

  private static func choice<T: RawRepresentable<String>>(
    _ key: String, _ value: String
  ) throws(GeneratorError) -> T {
    guard let choice = T(rawValue: value) else {
      throw GeneratorError("option '\(key)' cannot be '\(value)'")
    }
    return choice
  }

  private static func module(_ key: String, _ value: String) throws(GeneratorError) -> String {
    guard RequestCheck.isIdentifier(value) else {
      throw GeneratorError("option '\(key)': '\(value)' is not the name of a module")
    }
    return value
  }

  var nameOfCModule: String { cModule ?? "C" + module }

  /// The module of a .proto file of a request; nil if it belongs to none.
  func module(of path: String, generating: Set<String>) -> String? {
    generating.contains(path) ? module : module(ofImport: path)
  }

  /// The module of an imported .proto file.
  func module(ofImport path: String) -> String? {
    let matches = modules.keys.filter { path == $0 || path.hasPrefix($0 + "/") }
    let longest = matches.max { $0.utf8.count < $1.utf8.count }
    return longest.flatMap { modules[$0] } ?? Self.carried[path]
  }

  /// The files that the libraries have the messages of.
  private static let carried: [String: String] = {
    let protobuf = [
      "any", "compiler/plugin", "descriptor", "duration", "empty", "field_mask", "struct",
      "timestamp", "wrappers",
    ].map { ("google/protobuf/\($0).proto", "Protobuf") }
    let rpc = ["code", "error_details", "status"].map { ("google/rpc/\($0).proto", "RPC") }
    return Dictionary(protobuf + rpc) { first, _ in first }
  }()
}
