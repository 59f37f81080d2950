/// The options of `--swiftrpc_opt`: `Key=Value`, separated by commas.
///
/// - `Emit=Swift` (the default) writes Swift messages and services, `Emit=C` libprotobuf-c's
///   structs.
/// - `Module=M`: the Swift module of the output. Its C twin is `CM`, unless `CModule=N` says
///   otherwise.
/// - `Visibility=public|package|internal` of the generated declarations; `public` by default.
/// - `Mpath=Module`: the Swift module of imported .proto files in the folder, or of the file,
///   `path`. The longest path wins; files without one belong to the module of the output.
/// - `Server=false`, `Client=false` leave out the server protocols, the client stubs;
///   `Descriptors=false` the descriptors of the files, without which reflection does not know them.
public struct GeneratorOptions: Sendable {
  public enum Output: String, Sendable { case swift = "Swift", c = "C" }
  public enum Visibility: String, Sendable { case `public`, package, `internal` }

  public var emit = Output.swift
  public var module = "Messages"
  public var cModule: String?
  public var visibility = Visibility.public
  public var modules = ["google/protobuf": "Protobuf", "google/rpc": "RPC"]
  public var server = true
  public var client = true
  public var descriptors = true

  public init() {}

  /// Parses the parameter of a `CodeGeneratorRequest`.
  public init(parameter: String) throws(GeneratorError) {
    for option in parameter.split(separator: ",") {
      let parts = option.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2 else { throw GeneratorError("option '\(option)' has no value") }
      try set(parts[0], to: parts[1])
    }
  }

  private mutating func set(_ key: String, to value: String) throws(GeneratorError) {
    switch key {
    case "Emit": emit = try Self.choice(key, value)
    case "Module": module = value
    case "CModule": cModule = value
    case "Visibility": visibility = try Self.choice(key, value)
    case "Server": server = value == "true"
    case "Client": client = value == "true"
    case "Descriptors": descriptors = value == "true"
    case _ where key.hasPrefix("M"): modules[String(key.dropFirst())] = value
    default: throw GeneratorError("unknown option '\(key)'")
    }
  }

  private static func choice<T: RawRepresentable<String>>(
    _ key: String, _ value: String
  ) throws(GeneratorError) -> T {
    guard let choice = T(rawValue: value) else {
      throw GeneratorError("option '\(key)' cannot be '\(value)'")
    }
    return choice
  }

  /// The module of an imported .proto file.
  func module(ofImport path: String) -> String { mappedModule(ofImport: path) ?? module }

  /// The module that an option, or a default, names for an imported .proto file.
  func mappedModule(ofImport path: String) -> String? {
    let matches = modules.keys.filter { path == $0 || path.hasPrefix($0 + "/") }
    let longest = matches.max { $0.utf8.count < $1.utf8.count }
    return longest.flatMap { modules[$0] }
  }
}
