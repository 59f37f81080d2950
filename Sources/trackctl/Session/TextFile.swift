import FoundationEssentials
import Protobuf

/// Files that the user names.
enum TextFile {
  /// The message that a file holds in proto3 JSON; `-` is stdin.
  static func message<M: Message>(_ path: String, _ arguments: Arguments) throws -> M {
    try messageAndNames(path, arguments).0
  }

  /// The same, with the names of the members that the file has.
  static func messageAndNames<M: Message>(
    _ path: String, _ arguments: Arguments
  ) throws -> (M, [String]) {
    let bytes: [UInt8]
    do {
      bytes = path == "-" ? standardInput() : Array(try Data(contentsOf: URL(filePath: path)))
    } catch {
      throw arguments.usage("\(path) cannot be read: \(reason(error))")
    }
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
