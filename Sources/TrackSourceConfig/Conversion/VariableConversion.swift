import TrackDomain
import YAML

/// Turns the environment variables of a file into those of a track.
enum VariableConversion {
  static func convert(
    _ variables: [FileVariable], _ reader: inout SchemaReader, _ warnings: inout WarningList
  ) -> [EnvironmentVariable] {
    if variables.count > EnvironmentVariableRules.maximumCount, let first = variables.first {
      reader.fail(
        String(first.place.path.prefix { $0 != "[" }), first.place.node.start,
        "must be at most \(EnvironmentVariableRules.maximumCount) variables")
    }
    return variables.compactMap { variable in
      if !EnvironmentVariableRules.isName(variable.name.value), variable.name.isVariableName {
        reader.fail(variable.name.place, "must have at most 255 characters")
      }
      warnOfSeveral(variable, &warnings)
      guard let source = source(variable, &reader, &warnings) else { return nil }
      return EnvironmentVariable(
        name: variable.name.value, source: source, origin: .sourceConfig)
    }
  }

  private static func warnOfSeveral(_ variable: FileVariable, _ warnings: inout WarningList) {
    let given = [
      variable.value != nil, variable.connection != nil, variable.configGroup != nil,
      variable.form != nil,
    ]
    if given.count(where: { $0 }) > 1 {
      warnings.add(
        variable.place,
        "has more than one source; of value, connectionRef, configGroupRef and configForm the "
          + "first counts")
    }
  }

  /// The first of value, connectionRef, configGroupRef and configForm.
  private static func source(
    _ variable: FileVariable, _ reader: inout SchemaReader, _ warnings: inout WarningList
  ) -> EnvironmentVariable.Source? {
    if let value = variable.value {
      if let problem = EnvironmentVariableRules.problem(ofValue: value.value) {
        reader.fail(value.place, problem)
      }
      return .value(value.value)
    }
    if let connection = variable.connection {
      return names(connection, &reader, &warnings).map { .connection(name: $0.name, key: $0.key) }
    }
    if let group = variable.configGroup {
      return names(group, &reader, &warnings).map { .configGroup(name: $0.name, key: $0.key) }
    }
    return variable.form.map { .form(form($0, &reader, &warnings)) }
  }

  private static func names(
    _ reference: FileVariable.Reference, _ reader: inout SchemaReader,
    _ warnings: inout WarningList
  ) -> (name: String, key: String)? {
    let name = resourceName(reference.name.value)
    if name != reference.name.value, EnvironmentVariableRules.isReferenceName(name) {
      warnings.add(
        reference.name.place,
        "\(WarningList.quote(reference.name.value)) is called \(name) in the cluster")
    }
    if !EnvironmentVariableRules.isReferenceName(name) {
      reader.fail(reference.name.place, "must hold 1 to 253 letters, digits, '-' and '.'")
    }
    if !EnvironmentVariableRules.isReferenceKey(reference.key.value) {
      reader.fail(
        reference.key.place, "must hold 1 to 253 letters, digits, '-', '_' and '.'")
    }
    return (name, reference.key.value)
  }

  /// Lower case, with a `-` for each run of characters that Kubernetes does not allow in names.
  private static func resourceName(_ name: String) -> String {
    if EnvironmentVariableRules.isReferenceName(name) { return name }
    var result = ""
    for scalar in name.unicodeScalars {
      if scalar.isASCII, isAlphanumeric(UInt8(ascii: scalar)) || scalar == "." {
        result += String(scalar).lowercased()
      } else if !result.hasSuffix("-") {
        result += "-"
      }
    }
    let isEdge = { (character: Character) in character == "-" || character == "." }
    return String(result.drop(while: isEdge).reversed().drop(while: isEdge).reversed())
  }

  private static func form(
    _ form: FileVariable.Form, _ reader: inout SchemaReader, _ warnings: inout WarningList
  ) -> EnvironmentVariable.ConfigForm {
    if let name = form.displayName, name.value.utf8.count > 255 {
      reader.fail(name.place, "must have at most 255 bytes")
    }
    return EnvironmentVariable.ConfigForm(
      displayName: form.displayName?.value ?? "", isRequired: form.isRequired ?? true,
      type: form.type.map { type($0, &warnings) } ?? "string")
  }

  private static let types = ["string", "number", "boolean", "secret"]
  /// Other names of these types.
  private static let otherTypes = [
    "integer": "number", "int": "number", "float": "number", "bool": "boolean",
    "password": "secret",
  ]

  /// The schema takes any text; a track has four types.
  private static func type(_ type: SchemaText, _ warnings: inout WarningList) -> String {
    let name = type.value.lowercased()
    let taken = types.first { $0 == name } ?? otherTypes[name] ?? "string"
    if taken != type.value {
      warnings.add(
        type.place,
        "\(WarningList.quote(type.value)) is not string, number, boolean or secret, and is taken "
          + "for \(taken)")
    }
    return taken
  }
}
