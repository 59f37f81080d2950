package import TrackDomain
package import TrackMessages

extension TrackMessages.TrackConfigs {
  /// - Parameters:
  ///   - revision: the number of the configuration; 0 while there is none.
  ///   - showsSecrets: whether to include the plain values of secrets, which only deployers may
  ///     see.
  package init(
    _ configs: TrackDomain.TrackConfigs, revision: Int32, showsSecrets: Bool = false
  ) {
    self.init()
    let configs = showsSecrets ? configs : configs.masked
    configRevision = revision
    endpoints = TrackMessages.Endpoint.messages(configs.endpoints)
    apiSettings = configs.apiSettings.map { ApiSettings($0) }
    environmentVariables = configs.environmentVariables.map {
      TrackMessages.EnvironmentVariable($0)
    }
  }
}
