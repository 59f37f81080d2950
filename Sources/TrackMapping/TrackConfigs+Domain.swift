package import TrackDomain
package import TrackMessages

extension TrackMessages.TrackConfigs {
  /// - Parameters:
  ///   - revision: the number of the configuration; 0 as long as there is none.
  ///   - showsSecrets: whether the plain values of secrets are in it, which is for deployers alone.
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
