/// Encodes resources and responses as compact bytes, which stores keep in the change log and with
/// remembered requests.
///
/// The first byte is the format. Elements are read in the order in which they were written. A later
/// format appends elements; its reader fills in defaults for what an older format lacks.
public enum Snapshot {
  static var format: UInt8 { 1 }

  // MARK: Tracks

  public static func encode(_ track: Track) -> [UInt8] {
    var writer = SnapshotWriter(reserving: 192)
    writer.byte(format)
    writer.text(track.id)
    writer.text(track.componentId)
    writer.version(track.version)
    writer.text(track.branch)
    writer.text(track.description)
    writer.flag(track.autoDeployEnabled)
    writer.flag(track.isLatest)
    writer.signed(Int64(track.configRevision))
    writer.signed(track.revision)
    writer.signed(track.createdAt.microseconds)
    writer.signed(track.updatedAt.microseconds)
    writer.text(track.createdBy)
    writer.endpoints(track.endpoints)
    return writer.bytes
  }

  public static func track(_ bytes: [UInt8]) throws(SnapshotError) -> Track {
    var reader = try open(bytes)
    var track = Track(
      id: try reader.text(), componentId: try reader.text(), version: try reader.version(),
      branch: try reader.text(), description: try reader.text(),
      autoDeployEnabled: try reader.flag(), isLatest: try reader.flag(), endpoints: [],
      configRevision: try reader.int32(), revision: try reader.signed(),
      createdAt: try reader.time(), updatedAt: try reader.time(), createdBy: try reader.text())
    track.endpoints = try reader.endpoints()
    try reader.end()
    return track
  }

  // MARK: Endpoints alone

  /// No bytes for no endpoints.
  public static func encode(_ endpoints: [Endpoint]) -> [UInt8] {
    if endpoints.isEmpty { return [] }
    var writer = SnapshotWriter(reserving: 64 * endpoints.count)
    writer.byte(format)
    writer.endpoints(endpoints)
    return writer.bytes
  }

  public static func endpoints(_ bytes: [UInt8]) throws(SnapshotError) -> [Endpoint] {
    if bytes.isEmpty { return [] }
    var reader = try open(bytes)
    let endpoints = try reader.endpoints()
    try reader.end()
    return endpoints
  }

  // MARK: Catalog

  public static func encode(_ resource: CatalogResource) -> [UInt8] {
    var writer = SnapshotWriter(reserving: 128)
    writer.byte(format)
    writer.resource(resource)
    return writer.bytes
  }

  public static func catalogResource(_ bytes: [UInt8]) throws(SnapshotError) -> CatalogResource {
    var reader = try open(bytes)
    let resource = try reader.resource()
    try reader.end()
    return resource
  }

  // MARK: Responses that are one text, or nothing

  public static func encode(_ text: String) -> [UInt8] {
    var writer = SnapshotWriter(reserving: 40)
    writer.byte(format)
    writer.text(text)
    return writer.bytes
  }

  public static func text(_ bytes: [UInt8]) throws(SnapshotError) -> String {
    var reader = try open(bytes)
    let text = try reader.text()
    try reader.end()
    return text
  }

  static func open(_ bytes: [UInt8]) throws(SnapshotError) -> SnapshotReader {
    var reader = SnapshotReader(bytes)
    guard try reader.byte() == format else { throw SnapshotError() }
    return reader
  }
}
