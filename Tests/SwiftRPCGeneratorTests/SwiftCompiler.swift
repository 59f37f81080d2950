import Foundation

/// The compiler of the toolchain, for generated source.
enum SwiftCompiler {
  /// What `swiftc` says about the sources, each a file of its own; empty when it takes them.
  static func run(
    _ arguments: [String], sources: [(name: String, content: String)]
  ) throws -> String {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "generated-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for source in sources {
      try Data(source.content.utf8).write(to: folder.appending(path: source.name))
    }
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["swiftc"] + arguments + sources.map(\.name)
    process.currentDirectoryURL = folder
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let said = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let text = String(decoding: said, as: UTF8.self)
    return process.terminationStatus == 0 ? text : "failed\n" + text
  }
}
