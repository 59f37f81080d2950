extension Snapshot {
  // MARK: Source configs

  public static func encode(_ outcome: SourceConfigOutcome) -> [UInt8] {
    let track = encode(outcome.track)
    var writer = SnapshotWriter(reserving: track.count + 256)
    writer.byte(format)
    writer.blob(track)
    writer.unsigned(UInt64(outcome.changes.count))
    for change in outcome.changes {
      writer.byte(change.action.rawValue)
      writer.text(change.target)
    }
    writer.unsigned(UInt64(outcome.warnings.count))
    for warning in outcome.warnings { writer.text(warning) }
    writer.text(outcome.commit)
    writer.text(outcome.fileName)
    return writer.bytes
  }

  public static func sourceConfigOutcome(
    _ bytes: [UInt8]
  ) throws(SnapshotError) -> SourceConfigOutcome {
    var reader = try open(bytes)
    let track = try track(try reader.blob())
    var changes: [ConfigChange] = []
    for _ in 0..<(try reader.count()) {
      let action = try reader.raw(ConfigChange.Action.self)
      changes.append(ConfigChange(action, try reader.text()))
    }
    var warnings: [String] = []
    for _ in 0..<(try reader.count()) { warnings.append(try reader.text()) }
    let outcome = SourceConfigOutcome(
      track: track, changes: changes, warnings: warnings, commit: try reader.text(),
      fileName: try reader.text())
    try reader.end()
    return outcome
  }
}
