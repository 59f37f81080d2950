import Protobuf
import TrackMessages

extension Command {
  private static let connection = Flag(
    "connection", .text("NAME=CONNECTION/KEY"), repeats: true,
    "a variable from a key of a connection's secret")
  private static let configGroup = Flag(
    "config-group", .text("NAME=GROUP/KEY"), repeats: true,
    "a variable from a key of a configuration group")
  private static let settings = Flag(
    "api-settings", .file("FILE"), "API settings as JSON: those in it change, the others stay")

  static let configsSet = Command(
    CommandSpec(
      path: ["configs", "set"],
      summary: "Set single environment variables and API settings; the others stay.",
      details: """
        Other variables that are set at the same time are not lost. A variable overrides the one of
        the same name in the source config, until trackctl configs unset. Plain values are stored
        and written to manifests as they are: take secrets from a connection or a configuration
        group. The change takes effect with the next deployment.
        """,
      operands: [
        CommonOperands.component, CommonOperands.track,
        Operand(
          name: "NAME=VALUE", help: "a variable and its text", isOptional: true, repeats: true),
      ],
      flags: [connection, configGroup, settings, CommonFlags.etag] + CommonFlags.mutation,
      examples: [
        ("trackctl configs set cart v1.2 LEVEL=debug REGION=eu", "two variables"),
        ("trackctl configs set cart v1.2 --connection DB_URL=orders-db/URL", "a secret"),
        ("trackctl configs set cart v1.2 --api-settings cors.json", "a setting"),
      ])
  ) { arguments, session in
    var request = UpdateDeploymentTrackConfigsRequest()
    for operand in arguments.operands.dropFirst(2) {
      let (name, value) = try assignment(operand, "NAME=VALUE", arguments)
      request.setEnvironmentVariables.append(EnvironmentVariable(name, .value(value)))
    }
    for text in arguments.all(connection) {
      let (name, key) = try reference(text, connection, arguments)
      request.setEnvironmentVariables.append(EnvironmentVariable(name, .connectionRef(key)))
    }
    for text in arguments.all(configGroup) {
      let (name, key) = try reference(text, configGroup, arguments)
      request.setEnvironmentVariables.append(EnvironmentVariable(name, .configGroupRef(key)))
    }
    if let file = arguments.text(settings) {
      let (given, names): (ApiSettings, [String]) = try TextFile.messageAndNames(file, arguments)
      if !names.isEmpty {
        request.apiSettings = given
        request.updateMask = FieldMask()
        request.updateMask?.paths = names.map { "api_settings.\($0)" }
      }
    }
    return try await update(request, arguments, session)
  }

  private static func assignment(
    _ text: String, _ form: String, _ arguments: Arguments
  ) throws(UsageError) -> (name: String, value: String) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty else {
      throw arguments.usage("'\(text)' is not \(form)")
    }
    return (String(parts[0]), String(parts[1]))
  }

  private static func reference(
    _ text: String, _ flag: Flag, _ arguments: Arguments
  ) throws(UsageError) -> (name: String, key: KeyReference) {
    let form = flag.synopsis
    let (name, place) = try assignment(text, form, arguments)
    let parts = place.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { throw arguments.usage("'\(text)' is not \(form)") }
    var key = KeyReference()
    key.name = String(parts[0])
    key.key = String(parts[1])
    return (name, key)
  }

  /// Makes the call for `configs set` and `configs unset`, and shows the changed parts.
  static func update(
    _ changes: UpdateDeploymentTrackConfigsRequest, _ arguments: Arguments, _ session: Session
  ) async throws -> ExitCode {
    guard changes.hasChanges else { throw arguments.usage("nothing is to be changed") }
    let response = try await session.connected { api in
      var request = changes
      request.componentId = arguments.operands[0]
      request.deploymentTrackId = try await api.trackId(
        arguments.operands[0], arguments.operands[1])
      request.etag = arguments.text(CommonFlags.etag) ?? ""
      request.takeMutationFlags(arguments)
      return try await api.tracks.updateDeploymentTrackConfigs(request, options: api.options)
    }
    session.output.note(warnings: response.warnings)
    let (component, track) = (arguments.operands[0], arguments.operands[1])
    try session.output.show(
      response,
      Deed(
        "change the configuration of track \(track) of component \(component) to this",
        details: response.text(about: changes)))
    return .success
  }
}

extension EnvironmentVariable {
  fileprivate init(_ name: String, _ source: Source) {
    self.init()
    self.name = name
    self.source = source
  }
}

extension UpdateDeploymentTrackConfigsRequest {
  fileprivate var hasChanges: Bool {
    !setEnvironmentVariables.isEmpty || !removeEnvironmentVariables.isEmpty
      || updateMask?.paths.isEmpty == false
  }
}

extension UpdateDeploymentTrackConfigsResponse {
  /// The configuration's number, and the new state of the parts that the request changes.
  fileprivate func text(about request: UpdateDeploymentTrackConfigsRequest) -> String {
    var list = FieldList()
    list.add("config revision", "\(configs?.configRevision ?? 0)")
    list.add("etag", deploymentTrack?.etag ?? "")
    let names = request.setEnvironmentVariables.map(\.name) + request.removeEnvironmentVariables
    let variables = configs?.environmentVariables ?? []
    for name in names {
      // Of two variables with one name, the user's comes first and takes effect.
      let variable = variables.first { $0.name == name }
      let value = variable.map { one in
        let text = "\(one.sourceWord) \(one.valueText)"
        return one.origin == .sourceConfig ? "\(text) (\(Words.word(one.origin)))" : text
      }
      list.add(name, value ?? "(none)")
    }
    let paths = request.updateMask?.paths ?? []
    let settings = configs?.apiSettings?.fields ?? []
    for path in paths.map({ String($0.dropFirst("api_settings.".count)) }) {
      let found = settings.filter { $0.path == path || $0.path.hasPrefix(path + ".") }
      for (path, value) in found { list.add(path, value) }
      if found.isEmpty { list.add(path, "(none)") }
    }
    return list.text
  }
}
