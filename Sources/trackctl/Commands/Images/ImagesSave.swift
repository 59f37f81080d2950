import Protobuf
import TrackMessages

extension Command {
  private static let image = Flag(
    "image", .text("[NAME=]REFERENCE[@DIGEST]"), repeats: true, "a container image of the build")
  private static let runId = Flag(
    "run", .text("ID"), "the run of CI that built it, with its attempt")
  private static let commit = Flag("commit", .text("HASH"), "the whole hash of the commit")
  private static let commitTime = Flag(
    "commit-time", .text("TIME"), "when it was committed, such as 2026-01-31T09:30:00Z")
  private static let branch = Flag(
    "branch", .text("BRANCH"), "the branch that was built; without TRACK it says who gets the image"
  )
  private static let environment = Flag(
    "environment", .text("ID"), names: .environment,
    "deploy there instead of the pipeline's first environment")
  private static let port = Flag("port", .text("N"), repeats: true, "a port that it listens on")
  private static let definition = Flag(
    "api-definition", .text("PATH"), "the API definition in the repository")
  private static let gitopsHash = Flag("gitops-hash", .text("HASH"), "CI's own GitOps commit")

  static let imagesSave = Command(
    CommandSpec(
      path: ["images", "save"], summary: "Save what a build produced, as CI does.",
      details: """
        If auto-deploy is on for the track and nothing holds it, the image is deployed; the command
        reports whether, and does not wait. Without TRACK, the image belongs to no track until
        somebody lists the images of one. The same run with the same images is saved once, with
        other images it is refused. CI jobs that run again keep their run id: so name the attempt
        too, such as $GITHUB_RUN_ID-$GITHUB_RUN_ATTEMPT, or GitLab's $CI_JOB_ID.
        """,
      operands: [
        CommonOperands.component,
        Operand(
          name: "TRACK", help: CommonOperands.track.help, isOptional: true, names: .track),
      ],
      flags: [
        image, runId, commit, commitTime, branch, environment, port, definition, gitopsHash,
      ] + CommonFlags.mutation,
      examples: [
        (
          """
          trackctl images save cart v1.2 --run "$GITHUB_RUN_ID-$GITHUB_RUN_ATTEMPT" \\
            --commit "$(git rev-parse HEAD)" --commit-time "$(git show -s --format=%cI)" \\
            --image registry.example/cart@sha256:...
          """,
          "at the end of a build"
        )
      ])
  ) { arguments, session in
    let response = try await session.connected { api in
      var request = try request(arguments)
      if let operand = arguments.operand(1) {
        request.deploymentTrackId = try await api.trackId(arguments.operands[0], operand)
      }
      (request.organizationId, request.projectId) = try await api.owners(of: request.componentId)
      return try await api.tracks.saveDeploymentTrackImage(request, options: api.options)
    }
    try session.output.show(
      response,
      Deed(
        "save an image of component \(arguments.operands[0])",
        details: text(of: response, isCheck: session.output.isCheck)))
    return .success
  }

  private static func request(
    _ arguments: Arguments
  ) throws(UsageError) -> SaveDeploymentTrackImageRequest {
    var request = SaveDeploymentTrackImageRequest()
    request.componentId = arguments.operands[0]
    request.images = arguments.all(image).map { ContainerImage(text: $0) }
    guard !request.images.isEmpty else { throw arguments.usage("--image is missing") }
    request.runId = arguments.text(runId) ?? ""
    request.gitHash = arguments.text(commit) ?? ""
    if let text = arguments.text(commitTime) {
      guard let time = try? Timestamp(jsonString: "\"\(text)\"") else {
        throw arguments.usage("--commit-time: '\(text)' is not a time as RFC 3339 has it")
      }
      request.gitHashCommitTimestamp = time
    }
    request.branch = URLText.encoded(arguments.text(branch) ?? "")
    request.environmentId = arguments.text(environment) ?? ""
    for text in arguments.all(port) {
      guard let number = Int32(text) else {
        throw arguments.usage("--port: '\(text)' is not a number")
      }
      request.imagePorts.append(number)
    }
    request.apiDefinitionPath = arguments.text(definition) ?? ""
    request.gitopsHash = arguments.text(gitopsHash) ?? ""
    request.takeMutationFlags(arguments)
    return request
  }

  private static func text(
    of response: SaveDeploymentTrackImageResponse, isCheck: Bool
  ) -> String {
    var list = FieldList()
    // A check saves nothing, so that its id means nothing.
    if !isCheck { list.add("image", response.image?.imageId ?? "") }
    list.add("track", response.image?.deploymentTrackId ?? "")
    let outcome = Words.word(response.autoDeploy)
    list.add("auto-deploy", isCheck ? "would be \(outcome)" : outcome)
    list.add("because", response.autoDeployMessage)
    if !isCheck { list.add("deployment", response.deployment?.id ?? "") }
    list.add("environment", response.deployment?.environmentId ?? "")
    return list.text
  }
}

extension ContainerImage {
  /// `[NAME=]REFERENCE[@DIGEST]`
  init(text: String) {
    self.init()
    var rest = text[...]
    if let equals = rest.firstIndex(of: "="), !rest[..<equals].contains("@") {
      name = String(rest[..<equals])
      rest = rest[rest.index(after: equals)...]
    }
    if let at = rest.firstIndex(of: "@") {
      digest = String(rest[rest.index(after: at)...])
      rest = rest[..<at]
    }
    reference = String(rest)
  }
}
