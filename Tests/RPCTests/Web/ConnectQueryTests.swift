import Testing

@testable import RPC

@Suite(.timeLimit(.minutes(2))) struct ConnectQueryTests {
  private static func parse(_ query: String) throws -> ConnectQuery {
    try ConnectQuery(Array(query.utf8)[...])
  }

  @Test func `JSON comes percent-encoded, its parameters in any order, among others`() throws {
    let query = try Self.parse("x=1&message=%7B%22a%22%3A+%22%C3%A9%22%7D&connect=v1&encoding=json")
    #expect(query.message == Array("{\"a\": \"é\"}".utf8))
    #expect(query.codec == "json" && query.compression == nil)
  }

  @Test(arguments: ["-_-_AA", "-_-_AA%3D%3D", "%2B%2F%2B%2FAA"])
  func `base64 has either alphabet, with padding or without`(message: String) throws {
    let query = try Self.parse("encoding=proto&base64=1&compression=gzip&message=" + message)
    #expect(query.message == [0xFB, 0xFF, 0xBF, 0])
    #expect(query.codec == "proto" && query.compression == "gzip")
  }

  @Test func `another value of base64 than 1 means nothing`() throws {
    #expect(try Self.parse("encoding=json&base64=0&message=ab").message == Array("ab".utf8))
  }

  @Test func `an empty message is one`() throws {
    #expect(try Self.parse("encoding=proto&message=&compression=identity").message.isEmpty)
  }

  @Test(arguments: [
    "", "encoding=json", "message=%7B%7D", "encoding=json&message=%7", "encoding=json&message=%FF",
    "encoding=json&message=%7B%7D&connect=v2", "encoding=proto&base64=1&message=%2A",
  ])
  func `anything else is an invalid argument`(query: String) {
    let error = #expect(throws: RPCError.self) { try Self.parse(query) }
    #expect(error?.code == .invalidArgument)
  }
}
