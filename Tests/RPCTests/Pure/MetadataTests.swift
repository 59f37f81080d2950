import TestBasics
import Testing
import Wire

@testable import RPC

@Suite(.timeLimit(.minutes(2))) struct MetadataTests {
  @Test func `values keep their order, several per name`() throws {
    var metadata = Metadata()
    try metadata.add("a", "1")
    try metadata.add("b", "2")
    try metadata.add("a", "3")
    try metadata.addBinary("c-bin", [0, 255])
    #expect(metadata.values("a") == ["1", "3"])
    #expect(metadata["a"] == "1")
    #expect(metadata["none"] == nil)
    #expect(metadata.binaryValues("c-bin") == [[0, 255]])
    #expect(metadata["c-bin"] == "AP8")
    #expect(metadata.names == ["a", "b", "c-bin"])
  }

  @Test func `the size counts name, value in wire form, and 32`() throws {
    var metadata = Metadata()
    #expect(metadata.size == 0 && metadata.isEmpty)
    try metadata.add("name", "value")
    try metadata.addBinary("n-bin", [1, 2, 3])
    #expect(metadata.size == 4 + 5 + 32 + 5 + 4 + 32)
  }

  @Test(arguments: ["", "Upper", "sp ace", "semi;", "ü", "new\nline", "nul\0", ":path", "x-bin"])
  func `a name is made of lower-case letters, digits and _ . -`(name: String) {
    var metadata = Metadata()
    #expect(throws: MetadataError.invalidName(name)) { try metadata.add(name, "v") }
  }

  @Test(arguments: [
    "grpc-status", "grpc-message", "grpc-timeout", "grpc-anything", "content-type", "te", "host",
    "connection", "content-length", "transfer-encoding", "keep-alive", "upgrade",
    "proxy-connection",
  ])
  func `reserved names are refused`(name: String) {
    var metadata = Metadata()
    #expect(throws: MetadataError.reservedName(name)) { try metadata.add(name, "v") }
    #expect(metadata.isEmpty)
  }

  @Test(arguments: ["new\r\nline", "nul\0", "ü", "\u{7F}", "tab\t"])
  func `a text value is printable ASCII`(value: String) {
    var metadata = Metadata()
    #expect(throws: MetadataError.invalidValue(name: "a")) { try metadata.add("a", value) }
  }

  @Test func `a binary value needs a -bin name`() {
    var metadata = Metadata()
    #expect(throws: MetadataError.invalidName("a")) { try metadata.addBinary("a", [1]) }
    #expect(throws: MetadataError.invalidName("-bin")) { try metadata.addBinary("-bin", [1]) }
  }

  @Test func `a trace may go along in the form of older tracers`() throws {
    var metadata = Metadata()
    try metadata.addBinary("grpc-trace-bin", [0, 1, 255])
    var block = HeaderFields()
    metadata.append(to: &block)
    #expect(block.value("grpc-trace-bin") != nil)
    #expect(throws: MetadataError.reservedName("grpc-trace")) {
      try metadata.add("grpc-trace", "v")
    }
  }

  @Test func `a peer's reserved and pseudo headers are no metadata`() throws {
    let metadata = Metadata(received: [
      ":path": "/x", "te": "trailers", "grpc-timeout": "1S", "user-agent": "u", "a": "1",
      "content-type": "application/grpc",
    ])
    #expect(metadata.names == ["user-agent", "a"])
    #expect(metadata["grpc-timeout"] == nil)
    var block: HeaderFields = [":status": "200"]
    metadata.append(to: &block)
    #expect(block == [":status": "200", "user-agent": "u", "a": "1"])
    var copy = Metadata()
    try copy.add("user-agent", "u")
    try copy.add("a", "1")
    #expect(copy == metadata)
  }

  @Test func `a peer's binary values may be joined, padded, or broken`() {
    let metadata = Metadata(received: ["a-bin": "AA==, AAE", "a-bin": "!", "a-bin": "", "b": "1,2"])
    #expect(metadata.binaryValues("a-bin") == [[0], [0, 1], []])
    #expect(metadata.values("b") == ["1,2"])
  }

  @Test func `a peer's text value that is not text is repaired, blanks are trimmed`() {
    var fields = HeaderFields()
    fields.append("a".utf8, [0x20, 0x61, 0xFF, 0x09])
    #expect(Metadata(received: fields).values("a") == ["a\u{FFFD}"])
  }

  @Test func `random header blocks never trap`() {
    var random = SeededRandom(seed: 4)
    for _ in 0..<2000 {
      var fields = HeaderFields()
      for _ in 0..<Int.random(in: 0..<6, using: &random) {
        fields.append(
          random.bytes(Int.random(in: 0..<8, using: &random)),
          random.bytes(Int.random(in: 0..<20, using: &random)))
      }
      let metadata = Metadata(received: fields)
      for name in metadata.names {
        _ = metadata.values(name)
        _ = metadata.binaryValues(name)
      }
      _ = RequestHead(fields)
      _ = ResponseStatus.parse(trailers: fields, httpStatus: nil)
      _ = ResponseStatus.fault(
        inHeaders: fields, httpStatus: ResponseStatus.httpStatus(fields), MessageEncodings([]))
      #expect(metadata.size >= 0)
    }
  }
}
