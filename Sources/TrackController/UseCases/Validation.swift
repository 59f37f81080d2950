import TrackDomain

/// The value of `body`; its error is thrown as one about the field.
func valid<Value>(
  _ field: String, _ body: () throws(InvalidValue) -> Value
) throws(DomainError) -> Value {
  do {
    return try body()
  } catch {
    throw DomainError.invalid(field, error)
  }
}

/// `id`; throws if it does not have the form of an id.
func validId(_ field: String, _ id: String) throws(DomainError) -> String {
  try valid(field) { () throws(InvalidValue) in try Identifier.check(id) }
}

extension InvalidValue {
  /// A value is incomplete, and no other rule names the missing part.
  static var incomplete: InvalidValue { InvalidValue(.invalidResource, "must be complete") }
}

extension Violations {
  mutating func collectId(_ field: String, _ id: String) {
    _ = collect(field) { () throws(InvalidValue) in try Identifier.check(id) }
  }
}
