import TrackDomain

/// Decides which of two images has the newer commit: by ancestry if the component's repository
/// knows it, else by commit time.
struct CommitOrder: Sendable {
  /// The repository's answers from before the transaction. Pairs that it was not asked about,
  /// because an image became current or pending since then, are compared by time.
  var ancestries: [CommitPair: Ancestry] = [:]

  /// Whether the commit of `other` is newer. False for equal times, and when a time is unknown.
  func isNewer(_ other: TrackImage, than image: TrackImage) -> Bool {
    if let pair = Self.pair(image, other) {
      switch ancestries[pair] {
      case .ancestor: return true
      case .descendant: return false
      case .diverged, nil: break
      }
    } else if !image.commitHash.isEmpty, image.commitHash == other.commitHash {
      return false
    }
    guard let time = image.committedAt, let otherTime = other.committedAt else { return false }
    return otherTime > time
  }

  /// The pair to ask the repository about; nil unless the images have two different commits.
  static func pair(_ image: TrackImage, _ other: TrackImage) -> CommitPair? {
    guard !image.commitHash.isEmpty, !other.commitHash.isEmpty,
      image.commitHash != other.commitHash
    else { return nil }
    return CommitPair(image.commitHash, comparedWith: other.commitHash)
  }
}
