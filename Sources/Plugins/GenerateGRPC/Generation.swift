import Foundation

/// One run of the generator, for Swift and for C.
struct Generation {
  let protos: URL
  /// Relative to `protos`.
  let files: [String]
  let module: String
  let options: [String]
  let plugin: URL
  let protoc: URL

  /// Generates into `work`, and when all went well puts the two folders into `sources` in place of
  /// what the last run put there. Other files in them stay.
  func run(into work: URL, andMoveTo sources: URL) throws {
    for (name, emit) in [(module, "Swift"), ("C" + module, "C")] {
      let output = work.appending(path: name)
      try? FileManager.default.removeItem(at: output)
      try FileManager.default.createDirectory(at: output, withIntermediateDirectories: true)
      try generate(into: output, emit: emit)
    }
    for name in [module, "C" + module] {
      let folder = sources.appending(path: name)
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try replaceGenerated(in: folder, from: work.appending(path: name))
    }
  }

  private func generate(into output: URL, emit: String) throws {
    let options = ["Module=\(module)", "CModule=C\(module)", "Emit=\(emit)"] + options
    let process = Process()
    process.executableURL = protoc
    process.arguments =
      [
        "-I", protos.path, "--plugin=protoc-gen-swiftrpc=\(plugin.path)",
        "--swiftrpc_out=\(output.path)", "--swiftrpc_opt=\(options.joined(separator: ","))",
      ] + files
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Failure("protoc failed") }
  }

  private func replaceGenerated(in folder: URL, from new: URL) throws {
    let files = FileManager.default
    for path in try files.subpathsOfDirectory(atPath: folder.path) where Self.isGenerated(path) {
      try files.removeItem(at: folder.appending(path: path))
    }
    for path in try files.subpathsOfDirectory(atPath: new.path) where Self.isGenerated(path) {
      let target = folder.appending(path: path)
      try files.createDirectory(
        at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
      try files.moveItem(at: new.appending(path: path), to: target)
    }
  }

  private static func isGenerated(_ path: String) -> Bool {
    [".pb.swift", ".rpc.swift", ".descriptor.swift", ".pb-c.c", ".pb-c.h"].contains {
      path.hasSuffix($0)
    }
  }
}

/// What a user can mend, in words.
struct Failure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
