import EventLoop

/// A long-lived `git cat-file --batch-command` (git-cat-file(1)). Asks for sizes before contents.
///
/// Blocks; used by one thread at a time.
final class ObjectReader: GitHelper {
  /// An object's hash, type and size.
  struct Info: Sendable, Hashable {
    var hash: String
    var type: String
    var size: Int
  }

  private let process: ChildProcess

  static var command: GitCommand { GitCommand("cat-file", "--batch-command") }

  init(_ program: ChildCommand) throws(SystemError) {
    process = try ChildProcess(program)
  }

  /// The objects of these names; nil where there is none. Names hold no line ends.
  func infos(_ names: [String], limits: ChildLimits) throws(ChildProcessError) -> [Info?] {
    if names.isEmpty { return [] }
    let input = names.flatMap { Array("info \($0)\n".utf8) }
    let answer = try process.exchange(input, limits: limits) { output in
      output.count { $0 == 0x0A } >= names.count
    }
    return String(decoding: answer, as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false).prefix(names.count).map(Self.info)
  }

  /// The contents of existing objects, which `infos` returned.
  func contents(_ infos: [Info], limits: ChildLimits) throws(ChildProcessError) -> [[UInt8]] {
    if infos.isEmpty { return [] }
    let input = infos.flatMap { Array("contents \($0.hash)\n".utf8) }
    // `<hash> <type> <size>` LF content LF
    let headers = infos.map { "\($0.hash) \($0.type) \($0.size)\n".utf8.count }
    let total = zip(headers, infos).reduce(0) { $0 + $1.0 + $1.1.size + 1 }
    let answer = try process.exchange(input, limits: limits) { $0.count >= total }
    guard answer.count == total else {
      process.end()
      throw .ended(error: [])
    }
    var position = 0
    return zip(headers, infos).map { header, info in
      let start = position + header
      position = start + info.size + 1
      return Array(answer[start..<start + info.size])
    }
  }

  func close(limits: ChildLimits) {
    _ = try? process.finish(limits: limits)
  }

  /// `<hash> <type> <size>`, or `<name> missing`.
  private static func info(_ line: Substring) -> Info? {
    let words = line.split(separator: " ")
    guard words.count == 3, GitHash.isFull(words[0]), let size = Int(words[2]), size >= 0 else {
      return nil
    }
    return Info(hash: String(words[0]), type: String(words[1]), size: size)
  }
}
