import Protobuf
import TrackMessages

private typealias Methods = DeploymentTrackServiceMethods

private let tracksPath = "/components/{component_id}/deployment_tracks"
private let trackPath = tracksPath + "/{deployment_track_id}"

extension JSONRoute {
  /// Tracks, their images and their configuration.
  static let tracks: [JSONRoute] = [
    JSONRoute(
      .post, tracksPath, Methods.createDeploymentTrack,
      CreateDeploymentTrackRequest.self, CreateDeploymentTrackResponse.self, [\.componentId]),
    JSONRoute(
      .get, tracksPath, Methods.listDeploymentTracks,
      ListDeploymentTracksRequest.self, ListDeploymentTracksResponse.self, [\.componentId]),
    JSONRoute(
      .get, trackPath, Methods.getDeploymentTrack,
      GetDeploymentTrackRequest.self, GetDeploymentTrackResponse.self,
      [\.componentId, \.deploymentTrackId]),
    trackUpdate(trackPath),
    JSONRoute(
      .delete, trackPath, Methods.deleteDeploymentTrack,
      DeleteDeploymentTrackRequest.self, DeleteDeploymentTrackResponse.self,
      [\.componentId, \.deploymentTrackId]),
    JSONRoute(
      .put, trackPath + "/configs", Methods.updateDeploymentTrackConfigs,
      UpdateDeploymentTrackConfigsRequest.self, UpdateDeploymentTrackConfigsResponse.self,
      [\.componentId, \.deploymentTrackId], mask: \UpdateDeploymentTrackConfigsRequest.updateMask),
    JSONRoute(
      .get, trackPath + "/configs", Methods.getDeploymentTrackConfigs,
      GetDeploymentTrackConfigsRequest.self, GetDeploymentTrackConfigsResponse.self,
      [\.componentId, \.deploymentTrackId]),
    JSONRoute(
      .get, trackPath + "/config_revisions", Methods.listDeploymentTrackConfigRevisions,
      ListDeploymentTrackConfigRevisionsRequest.self,
      ListDeploymentTrackConfigRevisionsResponse.self, [\.componentId, \.deploymentTrackId]),
    JSONRoute(
      .post, trackPath + "/apply_config", Methods.applyComponentConfig,
      ApplyComponentConfigRequest.self, ApplyComponentConfigResponse.self,
      [\.componentId, \.deploymentTrackId]),
    JSONRoute(
      .get, trackPath + "/migrated_config", Methods.getMigratedSrcConfigContent,
      GetMigratedSrcConfigContentRequest.self, GetMigratedSrcConfigContentResponse.self,
      [\.componentId, \.deploymentTrackId]),
    JSONRoute(
      .get, trackPath + "/images", Methods.getDeploymentTrackImages,
      GetDeploymentTrackImagesRequest.self, GetDeploymentTrackImagesResponse.self,
      [\.componentId, \.deploymentTrackId]),
    JSONRoute(
      .post, trackPath + "/images", Methods.saveDeploymentTrackImage,
      SaveDeploymentTrackImageRequest.self, SaveDeploymentTrackImageResponse.self,
      [\.componentId, \.deploymentTrackId]),
    // Images that belong to no track yet.
    JSONRoute(
      .post, "/components/{component_id}/images", Methods.saveDeploymentTrackImage,
      SaveDeploymentTrackImageRequest.self, SaveDeploymentTrackImageResponse.self, [\.componentId]),
  ]

  /// Deployments of tracks.
  static let deployments: [JSONRoute] = [
    JSONRoute(
      .post, trackPath + "/deploy", Methods.deployDeploymentTrack,
      DeployDeploymentTrackRequest.self, DeployDeploymentTrackResponse.self,
      [\.componentId, \.deploymentTrackId]),
    JSONRoute(
      .post, trackPath + "/rollback", Methods.rollBackDeploymentTrack,
      RollBackDeploymentTrackRequest.self, RollBackDeploymentTrackResponse.self,
      [\.componentId, \.deploymentTrackId]),
    JSONRoute(
      .get, trackPath + "/deployments", Methods.listDeployments,
      ListDeploymentsRequest.self, ListDeploymentsResponse.self,
      [\.componentId, \.deploymentTrackId]),
    JSONRoute(
      .get, trackPath + "/deployments/{deployment_id}", Methods.getDeployment,
      GetDeploymentRequest.self, GetDeploymentResponse.self,
      [\.componentId, \.deploymentTrackId, \.deploymentId]),
    JSONRoute(
      .post, trackPath + "/deployments/{deployment_id}/cancel", Methods.cancelDeployment,
      CancelDeploymentRequest.self, CancelDeploymentResponse.self,
      [\.componentId, \.deploymentTrackId, \.deploymentId]),
    JSONRoute(
      .post, trackPath + "/environments/{environment_id}/resume_auto_deploy",
      Methods.resumeAutoDeploy, ResumeAutoDeployRequest.self, ResumeAutoDeployResponse.self,
      [\.componentId, \.deploymentTrackId, \.environmentId]),
  ]
}
