/// Collects the violations of a request's fields, so that the caller learns of all of them at once.
public struct Violations: Sendable {
  public private(set) var fields: [FieldViolation] = []
  private var reason: ErrorReason?

  public init() {}

  /// The most violations that are reported: they travel in the trailers, whose size clients limit.
  public static var limit: Int { 20 }

  public mutating func add(_ field: String, _ value: InvalidValue) {
    reason = reason ?? value.reason
    if fields.count < Self.limit {
      fields.append(FieldViolation(field: field, description: value.description))
    }
  }

  /// The value that `body` makes. If it throws: nil, and one more violation.
  public mutating func collect<Value>(
    _ field: String, _ body: () throws(InvalidValue) -> Value
  ) -> Value? {
    do {
      return try body()
    } catch {
      add(field, error)
      return nil
    }
  }

  /// One error with all violations, under the reason of the first; nil when there are none.
  public var error: DomainError? {
    reason.map { DomainError.invalid($0, fields) }
  }

  public func check() throws(DomainError) {
    if let error { throw error }
  }
}

/// One field of a request breaks a rule.
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

/// A value breaks the rule of its type, wherever it stands in a request.
public struct InvalidValue: Error, Sendable, Equatable {
  public let reason: ErrorReason
  /// A phrase that says what the value must be; goes to the caller.
  public let description: String

  public init(_ reason: ErrorReason, _ description: String) {
    self.reason = reason
    self.description = description
  }
}
