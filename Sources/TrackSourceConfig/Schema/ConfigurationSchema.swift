import YAML

/// `configurations` of component.yaml; older files call it `configuration`.
enum ConfigurationSchema {
  /// The variables of `configurations`, or else of `configuration`; both are checked.
  static func read(
    _ root: SchemaPlace, _ version: SchemaVersion, _ reader: inout SchemaReader
  ) -> [FileVariable] {
    let alias = variables("configuration", root, version, &reader)
    return variables("configurations", root, version, &reader) ?? alias ?? []
  }

  private static func variables(
    _ key: String, _ root: SchemaPlace, _ version: SchemaVersion, _ reader: inout SchemaReader
  ) -> [FileVariable]? {
    guard let place = reader.mapping(key, in: root) else { return nil }
    var names: Set<String> = []
    var variables: [FileVariable] = []
    for element in reader.sequence("env", in: place) ?? [] {
      guard let variable = reader.mapping(element) else { continue }
      let name = name(variable, &reader)
      if let name, !names.insert(name.value).inserted {
        reader.fail(name.place, "must be unique")
      }
      if let read = read(variable, name, version, &reader) { variables.append(read) }
    }
    return variables
  }

  private static func name(_ place: SchemaPlace, _ reader: inout SchemaReader) -> SchemaText? {
    guard let name = reader.text("name", in: place, isRequired: true) else { return nil }
    if !name.isVariableName {
      reader.fail(
        name.place,
        "must start with a letter or '_' and hold only letters, digits and '_'")
    }
    return name
  }

  private static func read(
    _ place: SchemaPlace, _ name: SchemaText?, _ version: SchemaVersion,
    _ reader: inout SchemaReader
  ) -> FileVariable? {
    let value = reader.text("value", in: place)
    let source = reader.mapping("valueFrom", in: place)
    let connection = source.flatMap { reference("connectionRef", $0, &reader) }
    let group = source.flatMap { reference("configGroupRef", $0, &reader) }
    var form: FileVariable.Form?
    var keys = ["connectionRef", "configGroupRef"]
    if version == .v12 {
      form = source.flatMap { self.form($0, &reader) }
      keys.append("configForm")
    }
    let isGiven =
      value?.value.isEmpty == false
      || keys.contains { source?[$0].map { !$0.node.isNull } ?? false }
    if !isGiven {
      reader.fail(place, "must have one of value, " + keys.joined(separator: ", "))
    }
    guard let name else { return nil }
    return FileVariable(
      place: place, name: name, value: value?.value.isEmpty == true ? nil : value,
      connection: connection, configGroup: group, form: form)
  }

  private static func reference(
    _ key: String, _ source: SchemaPlace, _ reader: inout SchemaReader
  ) -> FileVariable.Reference? {
    guard let place = optionalMapping(key, source, &reader) else { return nil }
    let name = reader.text("name", in: place, isRequired: true)
    let key = reader.text("key", in: place, isRequired: true)
    guard let name, let key else { return nil }
    return FileVariable.Reference(name: name, key: key)
  }

  private static func form(
    _ source: SchemaPlace, _ reader: inout SchemaReader
  ) -> FileVariable.Form? {
    guard let place = optionalMapping("configForm", source, &reader) else { return nil }
    return FileVariable.Form(
      displayName: reader.text("displayName", in: place),
      isRequired: reader.flag("required", in: place), type: reader.text("type", in: place))
  }

  /// As `SchemaReader.mapping`, but null counts as missing.
  private static func optionalMapping(
    _ key: String, _ source: SchemaPlace, _ reader: inout SchemaReader
  ) -> SchemaPlace? {
    source[key]?.node.isNull == true ? nil : reader.mapping(key, in: source)
  }
}
