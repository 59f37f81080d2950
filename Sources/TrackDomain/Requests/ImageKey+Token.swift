extension ImageKey {
  /// The key as the place of a page token.
  public var place: [UInt8] {
    var writer = SnapshotWriter()
    writer.signed(createdAt.microseconds)
    writer.text(id)
    return writer.bytes
  }

  /// Reads `place`.
  public init(place: [UInt8]) throws(InvalidValue) {
    var reader = SnapshotReader(place)
    do {
      self.init(
        createdAt: Timestamp(microseconds: try reader.signed()), id: try reader.text())
      try reader.end()
    } catch {
      throw PageToken.invalid("is not a token that this server made")
    }
  }
}
