/// `dependencies` of component.yaml, and `spec.outbound` of component-config.yaml.
enum DependencySchema {
  static func check(
    _ place: SchemaPlace, _ version: SchemaVersion, _ reader: inout SchemaReader
  ) {
    checkServices(place, problem(ofService:), &reader)
    if version == .v10 { return }
    for element in reader.sequence("connectionReferences", in: place) ?? [] {
      if let reference = reader.mapping(element) { checkConnection(reference, &reader) }
    }
  }

  /// For component-config.yaml v1alpha1, where versions of services may have more than two numbers.
  static func checkOldest(_ place: SchemaPlace, _ reader: inout SchemaReader) {
    checkServices(place, { problem(ofService: ResourceReference.modern($0)) }, &reader)
  }

  private static func checkServices(
    _ place: SchemaPlace, _ problem: (String) -> String?, _ reader: inout SchemaReader
  ) {
    for element in reader.sequence("serviceReferences", in: place) ?? [] {
      if let reference = reader.mapping(element) { checkService(reference, problem, &reader) }
    }
  }

  private static func checkService(
    _ place: SchemaPlace, _ problem: (String) -> String?, _ reader: inout SchemaReader
  ) {
    if let name = reader.text("name", in: place, isRequired: true),
      let problem = problem(name.value)
    {
      reader.fail(name.place, problem)
    }
    if let config = reader.text("connectionConfig", in: place, isRequired: true), !config.isUUID {
      reader.fail(config.place, "must be a UUID")
    }
    for element in reader.sequence("env", in: place, isRequired: true) ?? [] {
      guard let variable = reader.mapping(element) else { continue }
      _ = reader.text("from", in: variable, isRequired: true)
      _ = reader.text("to", in: variable, isRequired: true)
    }
  }

  private static func problem(ofService name: String) -> String? {
    if name.hasPrefix("choreo:///") {
      return ResourceReference.isChoreoService(name)
        ? nil
        : "must be choreo:///<org>/<project>/<component>/<endpoint>/<version>/<visibility>"
    }
    if name.hasPrefix("thirdparty:") { return problem(ofThirdParty: name) }
    if name.hasPrefix("database:") { return problem(ofDatabase: name) }
    return "must start with choreo:///, thirdparty: or database:"
  }

  private static func checkConnection(_ place: SchemaPlace, _ reader: inout SchemaReader) {
    if let name = reader.text("name", in: place, isRequired: true), !name.isConnectionName {
      reader.fail(
        name.place,
        "must be 3 to 50 letters and digits, with single '_', '-', '.' or spaces between them")
    }
    if let reference = reader.text("resourceRef", in: place, isRequired: true),
      let problem = problem(ofResource: reference.value)
    {
      reader.fail(reference.place, problem)
    }
  }

  private static func problem(ofResource reference: String) -> String? {
    if reference.hasPrefix("thirdparty:") { return problem(ofThirdParty: reference) }
    if reference.hasPrefix("database:") { return problem(ofDatabase: reference) }
    if reference.hasPrefix("storage:") {
      return ResourceReference.isStorage(reference)
        ? nil : "must be storage:<name>, of letters, digits, spaces, '.', '_' and '-'"
    }
    return ResourceReference.isService(reference)
      ? nil
      : "must be [service:][/<project>/]<component>/<version>[/<endpoint>][/<visibility>], or "
        + "start with thirdparty:, database: or storage:"
  }

  private static func problem(ofThirdParty reference: String) -> String? {
    ResourceReference.isThirdParty(reference) ? nil : "must be thirdparty:<name>/<version>"
  }

  private static func problem(ofDatabase reference: String) -> String? {
    ResourceReference.isDatabase(reference) ? nil : "must be database:[<server>/]<database>"
  }
}
