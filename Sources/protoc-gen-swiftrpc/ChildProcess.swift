import Foundation
import SwiftRPCGenerator

enum ChildProcess {
  /// Runs a program from PATH, which reads all of its input before it writes; returns its output.
  static func run(_ name: String, input: [UInt8]) throws -> [UInt8] {
    let process = Process()
    let stdin = Pipe()
    let stdout = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [name]
    process.standardInput = stdin
    process.standardOutput = stdout
    try process.run()
    try stdin.fileHandleForWriting.write(contentsOf: Data(input))
    try stdin.fileHandleForWriting.close()
    let output = try stdout.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw GeneratorError("\(name) failed; Debian has it in protobuf-c-compiler")
    }
    return [UInt8](output)
  }
}
