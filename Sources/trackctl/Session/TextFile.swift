import FoundationEssentials
import Protobuf

/// Reads files that the user names.
enum TextFile {
  /// The message that a file holds in proto3 JSON; `-` is stdin.
  static func message<M: Message>(_ path: String, _ arguments: Arguments) throws -> M {
    try messageAndNames(path, arguments).0
  }

  /// The message, bare or as the only member `field` of an object, as in a response.
  static func message<M: Message>(
    _ path: String, _ arguments: Arguments, within field: String
  ) throws -> M {
    let bytes = try bytes(path, arguments)
    if let members = try? JSONObjects.members(utf8: bytes), members.count == 1,
      members[0].name == field, members[0].value.first == UInt8(ascii: "{")
    {
      return try message(of: members[0].value, path, arguments).0
    }
    return try message(of: bytes, path, arguments).0
  }

  static func bytes(_ path: String, _ arguments: Arguments) throws(UsageError) -> [UInt8] {
    do {
      return path == "-" ? standardInput() : Array(try Data(contentsOf: URL(filePath: path)))
    } catch {
      throw arguments.usage("\(path) cannot be read: \(reason(error))")
    }
  }

  /// The same, with the names of the members that the file has.
  static func messageAndNames<M: Message>(
    _ path: String, _ arguments: Arguments
  ) throws -> (M, [String]) {
    let bytes = try bytes(path, arguments)
    return try message(of: bytes, path, arguments)
  }

  private static func message<M: Message>(
    of bytes: [UInt8], _ path: String, _ arguments: Arguments
  ) throws(UsageError) -> (M, [String]) {
    do throws(JSONDecodingError) {
      return (try M(jsonUTF8: bytes), try JSONObjects.memberNames(utf8: bytes))
    } catch {
      throw arguments.usage("\(path) is not the JSON of \(M.fullName): \(error)")
    }
  }

  private static func standardInput() -> [UInt8] {
    var bytes: [UInt8] = []
    while let line = readLine(strippingNewline: false) { bytes += line.utf8 }
    return bytes
  }

  private static func reason(_ error: any Error) -> String {
    (error as? CocoaError).map { $0.code == .fileReadNoSuchFile ? "there is none" : "\($0)" }
      ?? "\(error)"
  }
}
