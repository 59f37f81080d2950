import TrackDomain

/// Adapts endpoints of legacy files to the rules of component.yaml, and warns of changes.
enum LegacyEndpoints {
  /// The same endpoints in the same order, with legal names and explicit visibilities.
  static func modernized(
    _ file: SourceConfigFile, _ warnings: inout WarningList
  ) -> [FileEndpoint] {
    let names = EndpointNames.legal(file.endpoints.map(\.name.value))
    return zip(file.endpoints, names).map { endpoint, name in
      var modern = endpoint
      rename(&modern, to: name, &warnings)
      modern.visibilities = visibilities(
        of: modern, default: file.kind.defaultVisibility, &warnings)
      return modern
    }
  }

  private static func rename(
    _ endpoint: inout FileEndpoint, to name: String, _ warnings: inout WarningList
  ) {
    let old = endpoint.name.value
    if name == old { return }
    endpoint.name.value = name
    endpoint.displayName = EndpointNames.display(old)
    warnings.add(
      endpoint.place,
      "\(WarningList.quote(old)) is called \(name) now, which changes the URL of its managed API")
  }

  private static func visibilities(
    of endpoint: FileEndpoint, default: NetworkVisibility, _ warnings: inout WarningList
  ) -> [NetworkVisibility] {
    let said = endpoint.visibilities
    if endpoint.type.isProjectOnly {
      if (said ?? [`default`]) != [.project] {
        let before =
          said?.first.map { "networkVisibility \($0.sourceConfigName)" } ?? "no visibility"
        warnings.add(
          endpoint.place,
          "\(endpoint.name.value) had \(before) and gets Project, the only one for "
            + "\(endpoint.type.sourceConfigName) endpoints: it is exposed less widely")
      }
      return [.project]
    }
    if let said { return said }
    warnings.add(
      endpoint.place,
      "\(endpoint.name.value) did not say its visibility and gets \(`default`.sourceConfigName), the "
        + "default")
    return [`default`]
  }
}
