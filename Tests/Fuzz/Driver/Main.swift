import CFuzzer
import Foundation

/// Fuzzers of everything that reads what a peer sends: one program, and `TRACKD_FUZZ_TARGET` names
/// the fuzzer. Takes libFuzzer's flags; `--list` prints the fuzzers and the length of their inputs.
/// See Scripts/fuzz.
@main
struct Main {
  static func main() {
    if CommandLine.arguments.dropFirst().first == "--list" {
      for target in FuzzTarget.all { print(target.name, target.maxLength) }
      return
    }
    guard target != nil else {
      FileHandle.standardError.write(Data("TRACKD_FUZZ_TARGET names no fuzzer: see --list\n".utf8))
      exit(2)
    }
    var count = CommandLine.argc
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? =
      unsafe CommandLine.unsafeArgv
    exit(unsafe LLVMFuzzerRunDriver(&count, &arguments, runTarget))
  }

  /// libFuzzer starts itself anew for some of its work: an environment reaches that too.
  static let target: FuzzTarget? = {
    let name = ProcessInfo.processInfo.environment["TRACKD_FUZZ_TARGET"]
    return FuzzTarget.all.first { $0.name == name }
  }()
}

private func runTarget(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
  // A copy: its end is the end of an allocation, which the address sanitizer guards.
  let bytes = unsafe [UInt8](UnsafeBufferPointer(start: data, count: size))
  Main.target?.run(bytes)
  return 0
}
