import Glibc

/// A group of users of this machine.
enum UserGroup {
  /// The number of a group, from its name or number; nil for an unknown name.
  static func number(_ text: String) -> UInt32? {
    if let number = UInt32(text), number != .max { return number }
    var buffer = [CChar](repeating: 0, count: 1 << 16)
    var entry = unsafe group()
    var found: UnsafeMutablePointer<group>?
    let result = unsafe getgrnam_r(text, &entry, &buffer, buffer.count, &found)
    guard result == 0, unsafe found != nil else { return nil }
    return unsafe entry.gr_gid
  }
}
