package import TrackDomain
package import TrackMessages

extension TrackMessages.TrackConfigs {
  /// - Parameter revision: the number of the configuration; 0 as long as there is none.
  package init(_ configs: TrackDomain.TrackConfigs, revision: Int32) {
    self.init()
    configRevision = revision
    endpoints = TrackMessages.Endpoint.messages(configs.endpoints)
    apiSettings = configs.apiSettings.map { ApiSettings($0) }
    environmentVariables = configs.environmentVariables.map {
      TrackMessages.EnvironmentVariable($0)
    }
  }
}
