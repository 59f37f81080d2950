import Protobuf
package import TrackDomain
import TrackMessages

/// An event as a line of a file: the message of the API, in proto3's JSON, with every field.
package enum AuditLine {
  /// With its end.
  package static func encode(_ record: AuditRecord) throws -> [UInt8] {
    var options = JSONEncodingOptions()
    options.writesDefaults = true
    let text = try TrackMessages.AuditEvent(record).jsonString(options: options)
    return Array(text.utf8) + [UInt8(ascii: "\n")]
  }

  /// The number of the event of a line; nil for what is no such line.
  package static func sequence(_ line: some Sequence<UInt8>) -> Int64? {
    let text = String(decoding: Array(line), as: UTF8.self)
    return try? TrackMessages.AuditEvent(jsonString: text).sequence
  }
}
