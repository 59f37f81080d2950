extension DomainError {
  /// The run saved other images before. The usual cause is a CI job that ran again under the same
  /// run id, with a build that does not reproduce its bytes.
  public static func runIdConflict(runId: String, imageId: String) -> DomainError {
    DomainError(
      .alreadyExists, .runIdConflict,
      "run \(runId) has saved other images already, as image \(imageId); a CI job that runs again keeps "
        + "the id of its run: name the attempt in run_id too, such as "
        + "$GITHUB_RUN_ID-$GITHUB_RUN_ATTEMPT, or $CI_JOB_ID of GitLab",
      metadata: ["run_id": runId, "image": imageId], resource: .image(imageId))
  }

  /// The component is built from source, and the image names no commit.
  public static func commitRequired(componentId: String) -> DomainError {
    let field = "git_hash"
    return DomainError(
      .invalidArgument, .invalidCommitHash,
      "\(field): component \(componentId) is built from source, and its images have a commit",
      metadata: ["field": field, "component": componentId],
      fields: [
        FieldViolation(
          field: field, description: "must not be empty for a component built from source")
      ])
  }
}
