/// Why the deletion of a track has not ended yet.
public enum DeletionHindrance: Sendable, Hashable {
  /// Something of the track is still outside of trackd. Holds the last error; empty when there was
  /// none, or none is known.
  case outside(String)
  /// A deployment of the track can no longer be cancelled: the deletion waits for its end.
  case deployment(String)
  /// Nothing is left outside of trackd; this many rows of the track's history remain to be removed.
  case history(rows: Int)

  /// Rows are counted up to this number.
  public static var maximumRows: Int { 10_000 }

  /// The reason for people; follows a colon.
  public var words: String {
    switch self {
    case .outside(let detail):
      "something outside of trackd is not gone" + (detail.isEmpty ? "" : ": " + detail)
    case .deployment(let id):
      "deployment \(id) is being published, and the end of that is waited for"
    case .history(let rows):
      "what it has outside of trackd is gone, and its own history is being removed: "
        + (rows < Self.maximumRows ? "\(rows)" : "more than \(Self.maximumRows)")
        + " rows of deployments, images, releases and configurations are left"
    }
  }
}
