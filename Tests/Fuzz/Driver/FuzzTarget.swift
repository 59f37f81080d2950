/// One fuzzer.
struct FuzzTarget: Sendable {
  let name: String
  /// Bytes of the longest input.
  let maxLength: Int
  /// Does something with an input, and ends the process by `check` when what must hold does not.
  let run: @Sendable (_ input: [UInt8]) -> Void

  /// All, in the order in which `Scripts/fuzz` runs them. Each has a folder of inputs to begin with
  /// in Tests/Fuzz/corpus, and may have a dictionary in Tests/Fuzz/dictionaries.
  static let all: [FuzzTarget] = [
    .http2Server, .http2Client, .http2Pieces, .http2Pair, .hpack, .http1, .framing, .protobuf,
    .json, .timeout, .base64, .percent, .metadata, .zlib, .generator,
    .credentials, .certificates, .outbound, .policy, .admin,
  ]
}

/// Ends the process, which is a finding, unless something holds that must.
func check(_ holds: Bool, _ what: @autoclosure () -> String) {
  if !holds { fatalError("this does not hold: \(what())") }
}

/// The value, which must not be nil.
func unwrap<Value>(_ value: Value?, _ what: @autoclosure () -> String) -> Value {
  guard let value else { fatalError("this does not hold: \(what())") }
  return value
}
