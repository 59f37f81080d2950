import TrackDomain
import TrackMessages

extension EnvironmentVariableDraft {
  init(_ message: TrackMessages.EnvironmentVariable) {
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
