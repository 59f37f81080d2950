package import TrackDomain
package import TrackMessages

extension TrackMessages.EnvironmentVariable {
  package init(_ variable: TrackDomain.EnvironmentVariable) {
    self.init()
    name = variable.name
    origin = TrackMessages.EndpointOrigin(variable.origin)
    source =
      switch variable.source {
      case .value(let text): .value(text)
      case .connection(let name, let key): .connectionRef(KeyReference(name: name, key: key))
      case .configGroup(let name, let key): .configGroupRef(KeyReference(name: name, key: key))
      case .form(let form): .configForm(ConfigForm(form))
      }
  }
}

extension KeyReference {
  package init(name: String, key: String) {
    self.init()
    self.name = name
    self.key = key
  }
}

extension ConfigForm {
  package init(_ form: TrackDomain.EnvironmentVariable.ConfigForm) {
    self.init()
    displayName = form.displayName
    required = form.isRequired
    type = form.type
  }
}
