import Protobuf
import RPC
import TrackMessages

extension JSONRoute {
  /// UpdateDeploymentTrack. Also takes the answer of GetDeploymentTrack: bare, or as the member
  /// `deployment_track`. Fields that cannot be changed must have the track's values.
  static func trackUpdate(_ path: String) -> JSONRoute {
    JSONRoute(.put, path) { json in
      let update = try TrackUpdate(json.members())
      var request = update.request
      try bind(&request.componentId, json.pathValues[0], name: "component_id")
      try bind(&request.deploymentTrackId, json.pathValues[1], name: "deployment_track_id")
      request.updateMask = try JSONRequest.mask(
        of: update.changes.map(\.name), without: ["component_id", "deployment_track_id"])
      if !update.fixed.isEmpty {
        var question = GetDeploymentTrackRequest()
        question.componentId = request.componentId
        question.deploymentTrackId = request.deploymentTrackId
        let found = try await json.http.call(
          DeploymentTrackServiceMethods.getDeploymentTrack, question,
          returning: GetDeploymentTrackResponse.self)
        try update.check(against: found.deploymentTrack ?? DeploymentTrack())
      }
      let reply = try await json.http.call(
        DeploymentTrackServiceMethods.updateDeploymentTrack, request,
        returning: UpdateDeploymentTrackResponse.self)
      return try reply.jsonUTF8(options: encoding)
    }
  }
}

/// The body of a PUT of a track.
private struct TrackUpdate {
  /// The fields of an UpdateDeploymentTrackRequest.
  private static let requestFields: Set = [
    "component_id", "deployment_track_id", "branch", "description", "auto_deploy_enabled",
    "request_id", "validate_only", "etag", "update_mask",
  ]
  /// Fields that may stand beside a `deployment_track`.
  private static let options: Set = ["request_id", "validate_only"]
  private static let whole = "deployment_track"
  /// A field of GetDeploymentTrack's answer that is not part of the track. It is ignored.
  private static let beside = "active_deployments"

  /// The fields of the request.
  let changes: [JSONObjects.Member]
  let request: UpdateDeploymentTrackRequest
  /// The other fields of the track.
  let fixed: [JSONObjects.Member]
  private let fixedValues: DeploymentTrack

  init(_ members: [JSONObjects.Member]) throws(JSONError) {
    var members = members
    if let track = members.first(where: { $0.name == Self.whole }) {
      let options = members.filter { $0.name != Self.whole && $0.name != Self.beside }
      if let other = options.first(where: { !Self.options.contains($0.name) }) {
        throw .badBody("\(other.name) has no place beside \(Self.whole)")
      }
      members = try JSONRequest.members(track.value) + options
    }
    changes = members.filter { Self.requestFields.contains($0.name) }
    fixed = members.filter { !Self.requestFields.contains($0.name) }
    if let unknown = fixed.first(where: { !Self.isFieldName($0.name) }) {
      throw .badBody("there is no field '\(unknown.name)'")
    }
    request = try JSONRequest.message(JSONObjects.object(changes))
    fixedValues = try JSONRequest.message(JSONObjects.object(fixed))
  }

  private static func isFieldName(_ name: String) -> Bool {
    !name.isEmpty && name.utf8.allSatisfy { $0 == UInt8(ascii: "_") || isLetterOrDigit($0) }
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }

  /// Refuses another value than `track` has for a field that cannot be changed. If the body's etag
  /// is out of date, the method reports that instead.
  func check(against track: DeploymentTrack) throws {
    guard request.etag.isEmpty || request.etag == track.etag else { return }
    let (given, current) = (try Self.values(fixedValues), try Self.values(track))
    for member in fixed {
      let name = member.name == "api_version" ? "apiVersion" : member.name
      guard given[name] == current[name] else { throw JSONError.fixedField(member.name) }
    }
  }

  /// The fields of a track as JSON writes them.
  private static func values(_ track: DeploymentTrack) throws -> [String: [UInt8]] {
    let members = try JSONRequest.members(track.jsonUTF8(options: JSONRoute.encoding))
    return Dictionary(members.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
  }
}
