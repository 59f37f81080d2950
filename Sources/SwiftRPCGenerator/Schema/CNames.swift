/// Names as protoc-gen-c 1.4 makes them (`c_helpers.cc`: ToCamel, CamelToLower) for the rewritten
/// descriptors of `CDescriptors`.
enum CNames {
  /// `pkg.v1.Outer.Inner` -> `Pkg__V1__Outer__Inner`.
  static func structure(_ fullName: String) -> String {
    fullName.split(separator: ".").map { camel(String($0)) }.joined(separator: "__")
  }

  /// `pkg.v1.OuterName` -> `pkg__v1__outer_name__init`.
  static func initializer(_ fullName: String) -> String {
    fullName.split(separator: ".").map { lower(String($0)) }.joined(separator: "__") + "__init"
  }

  /// Numbered, so that no name is a keyword of C, or collides with `has_`, `n_` and `base`.
  static func field(_ name: String, number: Int32) -> String { "f\(number)_\(name.lowercased())" }

  static func oneof(index: Int) -> String { "o\(index)" }

  private static func camel(_ name: String) -> String {
    var result = ""
    var upper = true
    for character in name {
      if character == "_" {
        upper = true
      } else {
        result += upper ? character.uppercased() : String(character)
        upper = false
      }
    }
    return result
  }

  private static func lower(_ name: String) -> String {
    var result = ""
    var wasUpper = true
    for character in name {
      let isUpper = character.isUppercase
      if isUpper && !wasUpper { result += "_" }
      result += character.lowercased()
      wasUpper = isUpper
    }
    return result
  }
}
