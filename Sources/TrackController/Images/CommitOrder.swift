import TrackDomain

/// Which of two images has the newer commit: by ancestry where the component's repository told,
/// else by commit time.
struct CommitOrder: Sendable {
  /// What the repository told before the transaction, of the pairs that it was asked about: what
  /// became current or pending since then is compared by time.
  var ancestries: [CommitPair: Ancestry] = [:]

  /// Whether the commit of `other` is newer. A tie is no reason; nor is a commit of which nobody
  /// knows the time.
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

  /// What there is to ask of two images; nil when they are not of two commits.
  static func pair(_ image: TrackImage, _ other: TrackImage) -> CommitPair? {
    guard !image.commitHash.isEmpty, !other.commitHash.isEmpty,
      image.commitHash != other.commitHash
    else { return nil }
    return CommitPair(image.commitHash, comparedWith: other.commitHash)
  }
}
