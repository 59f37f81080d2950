extension DeploymentQuery {
  /// `before` as the place of a page token.
  public static func place(before sequence: Int64) -> [UInt8] {
    var writer = SnapshotWriter()
    writer.signed(sequence)
    return writer.bytes
  }

  /// Reads `place(before:)`.
  public static func before(place: [UInt8]) throws(InvalidValue) -> Int64 {
    var reader = SnapshotReader(place)
    do {
      let sequence = try reader.signed()
      try reader.end()
      return sequence
    } catch {
      throw PageToken.invalid("is not a token that this server made")
    }
  }
}
