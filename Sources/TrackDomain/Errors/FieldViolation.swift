/// What is wrong with one field of a request.
public struct FieldViolation: Sendable, Hashable {
  /// The path of the field in the request, such as `endpoints[0].port`.
  public var field: String
  /// A sentence that says what the field must be.
  public var description: String

  public init(field: String, description: String) {
    self.field = field
    self.description = description
  }
}
