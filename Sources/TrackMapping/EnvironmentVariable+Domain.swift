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

extension EnvironmentVariableDraft {
  package init(_ message: TrackMessages.EnvironmentVariable) {
    let source: TrackDomain.EnvironmentVariable.Source? =
      switch message.source {
      case .value(let text): .value(text)
      case .connectionRef(let reference): .connection(name: reference.name, key: reference.key)
      case .configGroupRef(let reference): .configGroup(name: reference.name, key: reference.key)
      case .configForm(let form):
        .form(
          .init(displayName: form.displayName, isRequired: form.required, type: form.type))
      case nil: nil
      }
    self.init(name: message.name, source: source, origin: message.origin.value)
  }
}
