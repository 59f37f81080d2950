extension DomainError {
  /// What an organization pays for is not known, and so not what it may have.
  public static func subscriptionsUnavailable(
    organizationId: String, _ error: IntegrationError
  ) -> DomainError {
    DomainError(
      .unavailable, .subscriptionsUnavailable,
      "what organization \(organizationId) pays for is not known now: \(error.message)",
      metadata: ["organization": organizationId], retrySeconds: 5)
  }
}
