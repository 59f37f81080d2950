import Crypto
import EventLoop
import TrackAccess
import TrackDomain

/// Reads the file of `--audit-key`. Blocks.
enum AuditKeyReader {
  /// Why the file cannot be used; begins with the path.
  struct Fault: Error, CustomStringConvertible {
    let description: String
  }

  /// Makes what signs the audit, from the store's own key.
  ///
  /// - Parameter path: of the file; nil: the store's key signs.
  static func seal(_ path: String?) throws(Fault) -> @Sendable ([UInt8]) -> any AuditSeal {
    guard let path else { return { AuditKeys(signing: SecretBytes(copying: $0)) } }
    var file: ReadFile
    do throws(SystemError) {
      file = try ReadFile(path, limit: AuditKeyFile.mostBytes)
    } catch {
      throw Fault(description: "\(path): cannot be read: \(error)")
    }
    defer { file.wipe() }
    guard !file.othersMayWrite else {
      throw Fault(
        description: "\(path): others than its owner may write it: 'chmod go-w' first")
    }
    guard !file.everybodyMayRead else {
      throw Fault(description: "\(path): everybody may read it: 'chmod o-r' first")
    }
    let keys: [SecretBytes]
    do throws(AccessFileFault) {
      keys = try AuditKeyFile.keys(file.bytes)
    } catch {
      throw Fault(description: "\(path):\(error)")
    }
    return { AuditKeys(signing: keys[0], others: keys.dropFirst() + [SecretBytes(copying: $0)]) }
  }
}
