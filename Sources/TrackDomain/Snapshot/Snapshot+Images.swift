extension Snapshot {
  // MARK: Images

  public static func encode(_ image: TrackImage) -> [UInt8] {
    var writer = SnapshotWriter(reserving: 512)
    writer.byte(format)
    writer.text(image.id)
    writer.text(image.componentId)
    writer.text(image.trackId)
    writer.text(image.savedTrackId)
    writer.text(image.runId)
    writer.text(image.commitHash)
    writer.flag(image.isSuperseded)
    writer.signed(image.createdAt.microseconds)
    writer.signed(image.updatedAt.microseconds)
    writer.details(of: image)
    return writer.bytes
  }

  public static func image(_ bytes: [UInt8]) throws(SnapshotError) -> TrackImage {
    var reader = try open(bytes)
    var image = TrackImage(
      id: try reader.text(), componentId: try reader.text(), trackId: try reader.text(),
      savedTrackId: try reader.text(), images: [], runId: try reader.text(),
      createdAt: Timestamp(microseconds: 0), updatedAt: Timestamp(microseconds: 0))
    image.commitHash = try reader.text()
    image.isSuperseded = try reader.flag()
    image.createdAt = try reader.time()
    image.updatedAt = try reader.time()
    try reader.details(of: &image)
    try reader.end()
    return image
  }

  /// The parts of an image that never change and that no query looks for: branch, container images,
  /// time of the commit, CI's own commit, API definition, ports, author, and the outcome of
  /// auto-deploy.
  public static func encodeDetails(of image: TrackImage) -> [UInt8] {
    var writer = SnapshotWriter(reserving: 320)
    writer.byte(format)
    writer.details(of: image)
    return writer.bytes
  }

  /// Sets the fields that `encodeDetails` wrote.
  public static func decodeDetails(
    _ bytes: [UInt8], of image: inout TrackImage
  ) throws(SnapshotError) {
    var reader = try open(bytes)
    try reader.details(of: &image)
    try reader.end()
  }
}

extension SnapshotWriter {
  mutating func details(of image: TrackImage) {
    text(image.branch)
    unsigned(UInt64(image.images.count))
    for container in image.images {
      text(container.name)
      text(container.reference)
      text(container.digest)
    }
    time(image.committedAt)
    text(image.gitopsHash)
    text(image.apiDefinitionPath)
    unsigned(UInt64(image.ports.count))
    for port in image.ports { signed(Int64(port)) }
    text(image.createdBy)
    byte(image.autoDeploy.decision.rawValue)
    text(image.autoDeploy.deploymentId)
    text(image.autoDeploy.reason)
    text(image.autoDeploy.message)
  }

  mutating func texts(_ values: [String]) {
    unsigned(UInt64(values.count))
    for value in values { text(value) }
  }

  mutating func time(_ value: Timestamp?) {
    flag(value != nil)
    if let value { signed(value.microseconds) }
  }
}

extension SnapshotReader {
  mutating func details(of image: inout TrackImage) throws(SnapshotError) {
    image.branch = try text()
    let images = try count()
    // Bounded, because the bytes may be damaged.
    image.images.reserveCapacity(min(images, 64))
    for _ in 0..<images {
      image.images.append(
        ContainerImage(name: try text(), reference: try text(), digest: try text()))
    }
    image.committedAt = try optionalTime()
    image.gitopsHash = try text()
    image.apiDefinitionPath = try text()
    for _ in 0..<(try count()) { image.ports.append(try int32()) }
    image.createdBy = try text()
    image.autoDeploy = AutoDeployOutcome(
      try raw(AutoDeployDecision.self), deploymentId: try text(), reason: try text(),
      message: try text())
  }

  mutating func texts() throws(SnapshotError) -> [String] {
    let count = try count()
    var values: [String] = []
    values.reserveCapacity(min(count, 64))
    for _ in 0..<count { values.append(try text()) }
    return values
  }

  mutating func time() throws(SnapshotError) -> Timestamp {
    guard let time = Timestamp(exactly: try signed()) else { throw SnapshotError() }
    return time
  }

  mutating func optionalTime() throws(SnapshotError) -> Timestamp? {
    try flag() ? try time() : nil
  }
}
