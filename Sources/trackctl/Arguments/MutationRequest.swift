import TrackMessages

/// The request of a method that changes something.
protocol MutationRequest {
  var requestId: String { get set }
  var validateOnly: Bool { get set }
}

extension MutationRequest {
  /// Sets the fields of the flags in `CommonFlags.mutation`.
  mutating func takeMutationFlags(_ arguments: Arguments) {
    requestId = arguments.text(CommonFlags.requestId) ?? ""
    validateOnly = arguments.has(CommonFlags.validateOnly)
  }
}

extension CreateDeploymentTrackRequest: MutationRequest {}
extension UpdateDeploymentTrackRequest: MutationRequest {}
extension DeleteDeploymentTrackRequest: MutationRequest {}
extension UpdateDeploymentTrackConfigsRequest: MutationRequest {}
extension ApplyComponentConfigRequest: MutationRequest {}
extension SaveDeploymentTrackImageRequest: MutationRequest {}
extension DeployDeploymentTrackRequest: MutationRequest {}
extension CancelDeploymentRequest: MutationRequest {}
extension ResumeAutoDeployRequest: MutationRequest {}
extension PutOrganizationRequest: MutationRequest {}
extension PutProjectRequest: MutationRequest {}
extension PutComponentRequest: MutationRequest {}
extension PutEnvironmentRequest: MutationRequest {}
extension PutDeploymentPipelineRequest: MutationRequest {}
extension DeleteOrganizationRequest: MutationRequest {}
extension DeleteProjectRequest: MutationRequest {}
extension DeleteComponentRequest: MutationRequest {}
extension DeleteEnvironmentRequest: MutationRequest {}
extension DeleteDeploymentPipelineRequest: MutationRequest {}
