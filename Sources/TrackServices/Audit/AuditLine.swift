import Protobuf
package import TrackDomain
import TrackMessages
import Wire

/// An event as a line of a file: the message of the API, in proto3's JSON, with every field.
package enum AuditLine {
  /// With its end.
  package static func encode(_ record: AuditRecord) throws -> [UInt8] {
    var options = JSONEncodingOptions()
    options.writesDefaults = true
    let text = try TrackMessages.AuditEvent(record).jsonString(options: options)
    return Array(text.utf8) + [UInt8(ascii: "\n")]
  }

  /// The place of the event of a line; nil for what is no such line.
  package static func head(_ line: some Sequence<UInt8>) -> AuditHead? {
    let text = String(decoding: Array(line), as: UTF8.self)
    guard let event = try? TrackMessages.AuditEvent(jsonString: text), event.sequence > 0,
      let code = Hexadecimal.bytes(event.code)
    else { return nil }
    return AuditHead(sequence: event.sequence, code: code)
  }

  /// With what every line begins.
  package static let beginning = Array("{\"time\":".utf8)
}
