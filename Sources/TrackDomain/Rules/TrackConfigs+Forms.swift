extension EnvironmentVariable {
  /// Answers show this in place of a secret's plain value.
  public static var mask: String { "********" }
}

extension EnvironmentVariable.ConfigForm {
  /// Whether its value may not be a plain text.
  public var isSecret: Bool { type == "secret" }

  /// The fault of a plain value; nil when it has none, or when that cannot be checked.
  func problem(ofValue text: String) -> String? {
    switch type {
    case "secret":
      return
        "must not be a plain value, because the source config says that it is secret: use "
        + "connection_ref or config_group_ref"
    case "number" where !Self.isNumber(text):
      return "must be a number, as JSON writes it"
    case "boolean" where text != "true" && text != "false":
      return "must be true or false"
    default:
      return nil
    }
  }

  /// `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?`
  private static func isNumber(_ text: String) -> Bool {
    var rest = text.utf8[...]
    func takes(_ bytes: String.UTF8View) -> Bool {
      guard let first = rest.first, bytes.contains(first) else { return false }
      rest.removeFirst()
      return true
    }
    func takesDigits() -> Bool {
      let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      rest.removeFirst(digits.count)
      return !digits.isEmpty
    }
    _ = takes("-".utf8)
    guard takes("0".utf8) || takesDigits() else { return false }
    if takes(".".utf8), !takesDigits() { return false }
    if takes("eE".utf8) {
      _ = takes("+-".utf8)
      guard takesDigits() else { return false }
    }
    return rest.isEmpty
  }
}

/// The forms of the source config: demands on the variables that users set.
extension TrackConfigs {
  /// By the name of the variable.
  public var forms: [String: EnvironmentVariable.ConfigForm] {
    var forms: [String: EnvironmentVariable.ConfigForm] = [:]
    for variable in environmentVariables {
      if case .form(let form) = variable.source { forms[variable.name] = form }
    }
    return forms
  }

  /// The variables of required forms that have no value, by name. An empty value is none.
  public var missingVariables: [String] {
    let forms = forms
    return effectiveEnvironmentVariables.filter { variable in
      switch variable.source {
      case .form(let form): form.isRequired
      case .value(""): forms[variable.name]?.isRequired == true
      case .value, .connection, .configGroup: false
      }
    }.map(\.name)
  }

  /// The fault of a plain value of that variable; nil when it has none.
  public func problem(ofValue text: String, name: String) -> String? {
    forms[name]?.problem(ofValue: text)
  }

  /// The same without the plain values of secrets; for answers.
  public var masked: TrackConfigs { masked(as: self) }

  /// The same without the plain values of variables that are secret here or in `other`: earlier
  /// configurations hold values that were set before the variable became secret.
  public func masked(as other: TrackConfigs) -> TrackConfigs {
    let secrets = secretNames.union(other.secretNames)
    if secrets.isEmpty { return self }
    var masked = self
    for (index, variable) in environmentVariables.enumerated() {
      guard secrets.contains(variable.name), case .value(let text) = variable.source, !text.isEmpty
      else { continue }
      masked.environmentVariables[index].source = .value(EnvironmentVariable.mask)
    }
    return masked
  }

  private var secretNames: Set<String> {
    Set(forms.lazy.filter(\.value.isSecret).map(\.key))
  }

  /// Warnings about the variables that forms ask for, as sentences.
  public var warnings: [String] {
    let forms = forms
    var warnings = missingVariables.map {
      "environment variable \($0): must have a value, as the source config says, and has none"
    }
    for variable in environmentVariables where variable.origin == .user {
      guard case .value(let text) = variable.source, !text.isEmpty,
        let form = forms[variable.name], let problem = form.problem(ofValue: text)
      else { continue }
      let consequence = form.isSecret ? "; deployments write it to the manifest" : ""
      warnings.append("environment variable \(variable.name): \(problem)\(consequence)")
    }
    return warnings
  }
}
