/// Why the deletion of a track is not over.
public enum DeletionHindrance: Sendable, Hashable {
  /// What the track has outside of trackd is not gone. What went wrong last; empty for nothing, or when
  /// nobody knows.
  case outside(String)
  /// A deployment of the track that cannot be cancelled any more: it waits for the end of it.
  case deployment(String)
  /// Nothing is left outside; so many rows of the track's history are to be removed.
  case history(rows: Int)

  /// How many rows are counted.
  public static var maximumRows: Int { 10_000 }

  /// What is not over yet, for people; follows a colon.
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
