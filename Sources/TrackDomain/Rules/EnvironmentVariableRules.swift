/// The rules of environment variables.
public enum EnvironmentVariableRules {
  /// The most variables of a track, for each origin.
  public static var maximumCount: Int { 200 }
  /// The longest value, in bytes.
  public static var maximumValueBytes: Int { 4096 }

  /// The variables by name. Adds every violation to `violations` under `field[n]`; the result is
  /// valid only if there are none.
  public static func check(
    _ drafts: [EnvironmentVariableDraft], at field: String = "environment_variables",
    _ violations: inout Violations
  ) -> [EnvironmentVariable] {
    guard drafts.count <= maximumCount else {
      violations.add(field, invalid("must be at most \(maximumCount)"))
      return []
    }
    var names: Set<String> = []
    var variables: [EnvironmentVariable] = []
    for (index, draft) in drafts.enumerated() {
      let path = "\(field)[\(index)]"
      if !isName(draft.name) {
        violations.add("\(path).name", mustBeAName)
      } else if !names.insert(draft.name).inserted {
        violations.add("\(path).name", invalid("must be unique"))
      }
      if draft.origin != .user { violations.add("\(path).origin", invalid("must be USER")) }
      if let source = check(draft.source, path, &violations) {
        variables.append(EnvironmentVariable(name: draft.name, source: source))
      }
    }
    return variables.sorted { $0.name < $1.name }
  }

  private static func check(
    _ source: EnvironmentVariable.Source?, _ path: String, _ violations: inout Violations
  ) -> EnvironmentVariable.Source? {
    switch source {
    case .value(let text):
      if let problem = problem(ofValue: text) {
        violations.add("\(path).value", invalid(problem))
      }
    case .connection(let name, let key):
      check(name, key, "\(path).connection_ref", &violations)
    case .configGroup(let name, let key):
      check(name, key, "\(path).config_group_ref", &violations)
    case .form:
      violations.add("\(path).config_form", invalid("is set by the source config only"))
    case nil:
      violations.add(
        path, invalid("must have one of value, connection_ref and config_group_ref"))
    }
    return source
  }

  private static func check(
    _ name: String, _ key: String, _ path: String, _ violations: inout Violations
  ) {
    if !isReferenceName(name) {
      violations.add(
        "\(path).name", invalid("must match [a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?"))
    }
    if !isReferenceKey(key) {
      violations.add("\(path).key", invalid("must match [a-zA-Z0-9._-]{1,253}"))
    }
  }

  // MARK: Names

  /// The names of variables to remove. Adds every violation to `violations` under `field[n]`.
  ///
  /// - Parameter set: the variables that the same request sets.
  public static func checkRemoved(
    _ names: [String], besides set: [EnvironmentVariableDraft], at field: String,
    _ violations: inout Violations
  ) -> Set<String> {
    guard names.count <= maximumCount else {
      violations.add(field, invalid("must be at most \(maximumCount)"))
      return []
    }
    let kept = Set(set.map(\.name))
    var removed: Set<String> = []
    for (index, name) in names.enumerated() {
      let path = "\(field)[\(index)]"
      if !isName(name) {
        violations.add(path, mustBeAName)
      } else if kept.contains(name) {
        violations.add(path, invalid("must not be set by the same request"))
      } else if !removed.insert(name).inserted {
        violations.add(path, invalid("must be unique"))
      }
    }
    return removed
  }

  private static var mustBeAName: InvalidValue {
    invalid("must match [a-zA-Z_][a-zA-Z0-9_]* and have at most 255 characters")
  }

  // MARK: Parts

  /// The fault of a variable's plain value; nil when it has none.
  public static func problem(ofValue text: String) -> String? {
    if text.utf8.count > maximumValueBytes {
      return "must have at most \(maximumValueBytes) bytes"
    }
    return text.utf8.contains(0) ? "must not hold a NUL" : nil
  }

  /// `^[a-zA-Z_][a-zA-Z0-9_]*$`, at most 255 characters.
  public static func isName(_ name: String) -> Bool {
    let bytes = name.utf8
    guard (1...255).contains(bytes.count), let first = bytes.first, !isDigit(first) else {
      return false
    }
    return bytes.allSatisfy { isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "_") }
  }

  /// `[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?`
  public static func isReferenceName(_ name: String) -> Bool {
    let bytes = name.utf8
    guard (1...253).contains(bytes.count), let first = bytes.first, let last = bytes.last else {
      return false
    }
    return isLowerAlphanumeric(first) && isLowerAlphanumeric(last)
      && bytes.allSatisfy { isLowerAlphanumeric($0) || ".-".utf8.contains($0) }
  }

  /// `[a-zA-Z0-9._-]{1,253}`
  public static func isReferenceKey(_ key: String) -> Bool {
    (1...253).contains(key.utf8.count)
      && key.utf8.allSatisfy { isLetter($0) || isDigit($0) || "._-".utf8.contains($0) }
  }

  private static func isLowerAlphanumeric(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z") || isDigit(byte)
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    let lower = byte | 0x20
    return lower >= UInt8(ascii: "a") && lower <= UInt8(ascii: "z")
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }

  private static func invalid(_ description: String) -> InvalidValue {
    InvalidValue(.invalidEnvironmentVariable, description)
  }
}
