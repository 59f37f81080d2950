import Protobuf
import TrackMessages

extension Command {
  private static let setting = Flag(
    "api-setting", .text("PATH"), repeats: true,
    "an API setting, such as rate_limit_tier or cors.allow_origins")

  static let configsUnset = Command(
    CommandSpec(
      path: ["configs", "unset"],
      summary: "Remove single environment variables and API settings; the others stay.",
      details: """
        A variable of the same name in the source config stays, and takes effect again. Removing a
        variable that is not set is no error.
        """,
      operands: [
        CommonOperands.component, CommonOperands.track,
        Operand(
          name: "NAME", help: "a variable", isOptional: true, repeats: true, names: .variable),
      ],
      flags: [setting, CommonFlags.etag] + CommonFlags.mutation,
      examples: [
        ("trackctl configs unset cart v1.2 LEVEL REGION", "two variables"),
        ("trackctl configs unset cart v1.2 --api-setting cors", "all of a setting"),
      ])
  ) { arguments, session in
    var request = UpdateDeploymentTrackConfigsRequest()
    request.removeEnvironmentVariables = Array(arguments.operands.dropFirst(2))
    let paths = arguments.all(setting)
    if !paths.isEmpty {
      request.updateMask = FieldMask()
      request.updateMask?.paths = paths.map { "api_settings.\($0)" }
    }
    return try await update(request, arguments, session)
  }
}
