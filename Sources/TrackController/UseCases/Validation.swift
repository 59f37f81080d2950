import TrackDomain

/// The value that `body` makes; what it throws is told under the name of the field.
func valid<Value>(
  _ field: String, _ body: () throws(InvalidValue) -> Value
) throws(DomainError) -> Value {
  do {
    return try body()
  } catch {
    throw DomainError.invalid(field, error)
  }
}

/// `id`, if it has the form of one.
func validId(_ field: String, _ id: String) throws(DomainError) -> String {
  try valid(field) { () throws(InvalidValue) in try Identifier.check(id) }
}

extension InvalidValue {
  /// Something is missing, and no rule says what.
  static var incomplete: InvalidValue { InvalidValue(.invalidResource, "must be complete") }
}

extension Violations {
  mutating func collectId(_ field: String, _ id: String) {
    _ = collect(field) { () throws(InvalidValue) in try Identifier.check(id) }
  }
}
