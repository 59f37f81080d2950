extension DomainError {
  /// A run that saved other images before.
  public static func runIdConflict(runId: String, imageId: String) -> DomainError {
    DomainError(
      .alreadyExists, .runIdConflict,
      "run \(runId) has saved other images already, as image \(imageId)",
      metadata: ["run_id": runId, "image": imageId], resource: .image(imageId))
  }

  /// A component that is built from source, and an image of no commit.
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
