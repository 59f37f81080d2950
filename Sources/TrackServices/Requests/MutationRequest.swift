public import RPC
import TrackController
import TrackMessages

/// Set in calls that are meant to change something, for the audit.
public enum MutationKey: CallStorageKey { public typealias Value = Bool }

/// Where the call of a mutation leaves its `request_id`, for the log.
public enum RequestIDKey: CallStorageKey { public typealias Value = String }

extension ServerContext {
  /// Keeps what the log and the audit tell of a mutation. On the call's executor.
  func note(_ request: some MutationRequest) {
    if !request.validateOnly { storage[MutationKey.self] = true }
    if !request.requestId.isEmpty { storage[RequestIDKey.self] = request.requestId }
  }
}

extension CallOrigin {
  init(_ context: ServerContext) {
    self.init(peer: context.peer, method: "\(context.method.service)/\(context.method.method)")
  }
}

/// The request of a method that changes something.
protocol MutationRequest {
  var requestId: String { get }
  var validateOnly: Bool { get }
}

extension MutationRequest {
  var mutationOptions: MutationOptions {
    MutationOptions(requestId: requestId, validateOnly: validateOnly)
  }
}

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
extension CreateDeploymentTrackRequest: MutationRequest {}
extension UpdateDeploymentTrackRequest: MutationRequest {}
extension DeleteDeploymentTrackRequest: MutationRequest {}
extension CancelDeploymentRequest: MutationRequest {}
extension ResumeAutoDeployRequest: MutationRequest {}
extension UpdateDeploymentTrackConfigsRequest: MutationRequest {}
extension ApplyComponentConfigRequest: MutationRequest {}
extension SaveDeploymentTrackImageRequest: MutationRequest {}
