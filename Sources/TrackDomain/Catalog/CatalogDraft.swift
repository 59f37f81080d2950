/// A catalog resource as a caller gives it, before the rules.
public protocol CatalogDraft: Sendable {
  associatedtype Value: CatalogValue

  var id: String { get }
  /// The id of the resource that it is to belong to; nil for an organization.
  var parentId: String? { get }

  /// The resource, if it breaks no rule. Adds each violation under the name of its field in the
  /// resource.
  func check(_ violations: inout Violations) -> Value?

  /// Adds all fields to `digest`.
  func combine(into digest: inout Digest)
}

extension CatalogDraft {
  func identifier(_ field: String, _ id: String, _ violations: inout Violations) -> String? {
    violations.collect(Self.path(field)) { () throws(InvalidValue) in try Identifier.check(id) }
  }

  func text(
    _ field: String, _ text: String, _ rule: TextRule, _ violations: inout Violations
  ) -> String? {
    violations.collect(Self.path(field)) { () throws(InvalidValue) in try rule.check(text) }
  }

  func relativePath(
    _ field: String, _ path: String, _ violations: inout Violations
  ) -> String? {
    violations.collect(Self.path(field)) { () throws(InvalidValue) in
      try RelativePath.check(path, reason: .invalidResource)
    }
  }

  /// `value`; if it is nil, adds a violation that names the choices.
  func required<Choice>(
    _ field: String, _ value: Choice?, _ choices: String, _ violations: inout Violations
  ) -> Choice? {
    if value == nil {
      violations.add(Self.path(field), InvalidValue(.invalidResource, "must be \(choices)"))
    }
    return value
  }

  static func path(_ field: String) -> String { "\(Value.kind.metadataKey).\(field)" }
}
