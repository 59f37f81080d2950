import TrackDomain

/// Moves the unversioned images of a component into its tracks: each into the track of the branch
/// that its save named, else of the branch that one of its tags spells, else into the latest track.
///
/// Idempotent: images that belong to a track are skipped.
struct ImageAdoption {
  /// The most images that one transaction adopts, the oldest first.
  static var limit: Int { 100 }
  /// The most transactions of one call.
  static var transactions: Int { 10 }
  /// The most tracks whose branches are read, the highest versions first.
  static var trackLimit: Int { 10_000 }

  private let changes: ImageChanges
  private let transaction: any StoreTransaction

  init(_ changes: ImageChanges, _ transaction: any StoreTransaction) {
    self.changes = changes
    self.transaction = transaction
  }

  /// - Returns: how many images were adopted; `limit` if there may be more.
  func run() throws(StoreError) -> Int {
    let componentId = changes.component.component.id
    guard let latestId = changes.component.latestTrackId else { return 0 }
    let images = try transaction.unversionedImages(componentId: componentId, limit: Self.limit)
    if images.isEmpty { return 0 }
    let tracks = try BranchTable(
      componentId: componentId, trackLimit: Self.trackLimit, transaction)
    let targets = images.map { tracks.track(of: $0) ?? latestId }
    // A track that is being deleted would take the image along.
    var doomed: Set<String> = []
    for trackId in Set(targets)
    where try transaction.deletion(componentId: componentId, trackId: trackId) != nil {
      doomed.insert(trackId)
    }
    for (image, target) in zip(images, targets) {
      try adopt(image, into: doomed.contains(target) ? latestId : target)
    }
    return images.count
  }

  /// The newest image of a commit stays current, whichever of them came into the track first.
  private func adopt(_ image: TrackImage, into trackId: String) throws(StoreError) {
    var adopted = changes.changed(image)
    adopted.trackId = trackId
    for other in try changes.replaced(by: adopted, transaction) {
      if (other.createdAt, other.id) > (adopted.createdAt, adopted.id) {
        adopted.isSuperseded = true
      } else {
        try changes.update(changes.superseded(other), transaction)
      }
    }
    try changes.update(adopted, transaction)
  }
}

/// The track of each branch; of several tracks, the one with the highest version, then the newest.
private struct BranchTable {
  private var byBranch: [String: String] = [:]
  /// By branch as tags spell it: a tag cannot hold a `/`.
  private var byTag: [String: String] = [:]

  init(
    componentId: String, trackLimit: Int, _ reader: any StoreReader
  ) throws(StoreError) {
    var query = TrackQuery(
      componentId: componentId, filter: TrackFilter(), order: .newestVersionFirst, after: nil,
      limit: PageSize.maximum, examined: PageSize.maximum)
    for _ in 0..<(trackLimit / PageSize.maximum) {
      let page = try reader.tracks(query)
      for track in page.tracks where !track.branch.isEmpty { add(track) }
      guard let next = page.next else { return }
      query.after = next
    }
  }

  private mutating func add(_ track: Track) {
    if byBranch[track.branch] == nil { byBranch[track.branch] = track.id }
    let tag = Self.tag(ofBranch: track.branch)
    if byTag[tag] == nil { byTag[tag] = track.id }
  }

  func track(of image: TrackImage) -> String? {
    if !image.branch.isEmpty, let trackId = byBranch[image.branch] { return trackId }
    let tags = image.images.compactMap { (try? ImageReference($0.reference))?.tag }
    for tag in tags where !tag.isEmpty {
      if let trackId = byBranch[tag] ?? byTag[tag] { return trackId }
    }
    return nil
  }

  private static func tag(ofBranch branch: String) -> String {
    String(branch.map { $0 == "/" ? "-" : $0 })
  }
}
