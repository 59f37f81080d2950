import EventLoop
import TrackStorePostgreSQL

/// The database of `--store`. Has a password, as a rule: no text shows it.
struct StoreAddress: Equatable, CustomStringConvertible {
  /// A URI of libpq.
  let text: String
  let holdsPassword: Bool

  /// Why it cannot be used; says nothing that stands in it.
  struct Fault: Error, CustomStringConvertible {
    let description: String
  }

  init(_ text: String) throws(Fault) {
    guard Self.isMeant(by: text) else {
      throw Fault(description: "the store is no URL that begins with postgresql:// or postgres://")
    }
    do throws(PostgreSQLError) {
      holdsPassword = try ConnectionString(text).holdsPassword
    } catch {
      throw Fault(description: error.message)
    }
    self.text = text
  }

  var description: String { "a database" }

  /// Whether a text is meant as one, be it right or wrong.
  static func isMeant(by text: String) -> Bool {
    text.hasPrefix("postgresql://") || text.hasPrefix("postgres://")
  }
}

/// Where the address of the store is.
enum StoreSource: Equatable {
  /// - Parameter isSeen: whether others on this machine can read it: on the command line.
  case given(StoreAddress, isSeen: Bool)
  case file(String)

  /// The most bytes of a file.
  private static let mostBytes = 16 << 10

  /// Reads the file. Blocks.
  ///
  /// - Throws: with the path, and nothing that stands in the file.
  func address() throws(StoreAddress.Fault) -> StoreAddress {
    switch self {
    case .given(let address, _): return address
    case .file(let path):
      do throws(StoreAddress.Fault) {
        return try Self.read(path)
      } catch {
        throw StoreAddress.Fault(description: "\(path): \(error)")
      }
    }
  }

  private static func read(_ path: String) throws(StoreAddress.Fault) -> StoreAddress {
    var file: ReadFile
    do throws(SystemError) {
      file = try ReadFile(path, limit: mostBytes)
    } catch {
      throw StoreAddress.Fault(description: "cannot be read: \(error)")
    }
    defer { file.wipe() }
    guard !file.othersMayWrite else {
      throw StoreAddress.Fault(
        description: "others than its owner may write it: 'chmod go-w' first")
    }
    let lines = String(decoding: file.bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
    guard lines.count == 1, let line = lines.first else {
      throw StoreAddress.Fault(description: "the file has to hold one URL, and nothing else")
    }
    let address = try StoreAddress(String(line))
    guard !address.holdsPassword || !file.everybodyMayRead else {
      throw StoreAddress.Fault(description: "everybody may read the password: 'chmod o-r' first")
    }
    return address
  }

  /// Whether others on this machine can read a password.
  var showsPassword: Bool {
    if case .given(let address, isSeen: true) = self { address.holdsPassword } else { false }
  }
}
