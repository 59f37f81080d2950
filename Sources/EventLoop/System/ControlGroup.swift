import CLinux

/// The control group of this process, as far as it bounds memory (cgroups(7)).
public enum ControlGroup {
  /// The least of the bounds of the group and those above it, `memory.max` and `memory.high` of
  /// version 2 and `memory.limit_in_bytes` of version 1, in bytes; nil without one. Reads files.
  public static var memoryLimit: Int? { memoryLimit(reading: text) }

  /// - Parameter read: the text of a file; nil where there is none.
  static func memoryLimit(reading read: (_ path: String) -> String?) -> Int? {
    guard let groups = read("/proc/self/cgroup") else { return nil }
    var limits: [Int] = []
    for line in groups.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      if parts[0] == "0", parts[1].isEmpty {
        limits += bounds("/sys/fs/cgroup", parts[2], ["memory.max", "memory.high"], read)
      } else if parts[1].split(separator: ",").contains("memory") {
        limits += bounds("/sys/fs/cgroup/memory", parts[2], ["memory.limit_in_bytes"], read)
      }
    }
    return limits.min()
  }

  /// The bounds in the folder of a group, and in those above it: within a container the group's own
  /// path need not exist, and the container's folder is the root.
  private static func bounds(
    _ root: String, _ group: Substring, _ files: [String], _ read: (String) -> String?
  ) -> [Int] {
    var names = group.split(separator: "/")
    // No system nests groups as deep as this.
    guard names.count <= 64 else { return [] }
    var found: [Int] = []
    while true {
      let folder = ([Substring(root)] + names).joined(separator: "/")
      for file in files {
        guard let text = read("\(folder)/\(file)") else { continue }
        // "max" is no bound; version 1 says so with a number near the largest.
        if let bytes = Int(text.filter { $0 != "\n" }), bytes > 0, bytes < Int.max / 4 {
          found.append(bytes)
        }
      }
      if names.isEmpty { return found }
      names.removeLast()
    }
  }

  private static func text(of path: String) -> String? {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = unsafe path.withCString { path in
      unsafe buffer.withUnsafeMutableBufferPointer { buffer in
        unsafe cl_read_file(path, buffer.baseAddress, buffer.count)
      }
    }
    guard count >= 0 else { return nil }
    return String(decoding: buffer[..<count], as: UTF8.self)
  }
}
