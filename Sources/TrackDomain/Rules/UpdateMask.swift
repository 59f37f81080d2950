/// The fields that an update changes.
public enum UpdateMask {
  /// - Parameters:
  ///   - paths: of the mask; empty when the request has no mask.
  ///   - present: the fields that the request holds.
  ///   - immutable: the paths of the resource that no update can change.
  /// - Returns: the fields to change.
  public static func resolve<Field>(
    _ paths: [String], present: Set<Field>, immutable: Set<String>
  ) throws(InvalidValue) -> Set<Field>
  where Field: RawRepresentable<String> & CaseIterable & Hashable {
    if paths.isEmpty { return present }
    if paths == ["*"] { return Set(Field.allCases) }
    var fields: Set<Field> = []
    for path in paths {
      if let field = Field(rawValue: path) {
        fields.insert(field)
      } else if immutable.contains(path) {
        throw InvalidValue(.immutableField, "\(path) cannot be changed")
      } else if path == "*" {
        throw InvalidValue(.invalidUpdateMask, "'*' stands alone")
      } else {
        let known = Field.allCases.map(\.rawValue).joined(separator: ", ")
        throw InvalidValue(.invalidUpdateMask, "must name some of \(known), or be '*'")
      }
    }
    return fields
  }
}
