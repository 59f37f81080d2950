import TrackMessages

extension API {
  /// Pages of images, the newest first, until `isEnough` holds for the result; at most `limit`
  /// images.
  func images(
    _ component: String, _ track: String, pageSize: Int = 100, limit: Int = .max,
    until isEnough: ([DeploymentTrackImage]) -> Bool = { _ in false }
  ) async throws -> GetDeploymentTrackImagesResponse {
    var request = GetDeploymentTrackImagesRequest()
    request.componentId = component
    request.deploymentTrackId = track
    var all = GetDeploymentTrackImagesResponse()
    repeat {
      request.pageSize = Int32(clamping: min(pageSize, limit - all.images.count))
      let page = try await tracks.getDeploymentTrackImages(request, options: options)
      all.images += page.images
      for source in page.unreachable where !all.unreachable.contains(source) {
        all.unreachable.append(source)
      }
      all.nextPageToken = page.nextPageToken
      request.pageToken = page.nextPageToken
    } while !all.nextPageToken.isEmpty && all.images.count < limit && !isEnough(all.images)
    return all
  }

  /// The image that an operand names: its id, the beginning of its id or of its commit's hash (six
  /// characters or more), or `@newest`.
  func imageId(_ component: String, _ track: String, _ operand: String) async throws -> String {
    if UUIDText.isWhole(operand) { return operand }
    if operand == "@newest" {
      let newest = try await images(component, track, pageSize: 1) { !$0.isEmpty }.images.first
      guard let newest else { throw NotFound("the track has no image", list: "images list") }
      return newest.imageId
    }
    guard operand.count >= 6 else { throw NotFound.image(operand) }
    let found = try await images(component, track) { images in
      images.count >= 1000 || images.contains { Self.matches($0, operand) }
    }
    // Of several images of one commit the newest counts; only one id has a given beginning.
    guard let image = found.images.first(where: { Self.matches($0, operand) }) else {
      throw NotFound.image(operand)
    }
    return image.imageId
  }

  private static func matches(_ image: DeploymentTrackImage, _ operand: String) -> Bool {
    image.imageId.hasPrefix(operand.lowercased())
      || image.commitHash.hasPrefix(operand.lowercased())
  }
}

extension NotFound {
  static func image(_ operand: String) -> NotFound {
    NotFound("the track has no image '\(operand)'", list: "images list")
  }
}

/// The text form of UUIDs.
enum UUIDText {
  static func isWhole(_ text: String) -> Bool {
    text.split(separator: "-", omittingEmptySubsequences: false).map(\.count) == [8, 4, 4, 4, 12]
      && text.allSatisfy { $0.isHexDigit || $0 == "-" }
  }
}
