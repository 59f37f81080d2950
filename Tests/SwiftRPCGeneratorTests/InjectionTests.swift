import Protobuf
import Testing

@testable import SwiftRPCGenerator

/// No text of a descriptor becomes code.
@Suite("Text of a contract", .timeLimit(.minutes(2)))
struct InjectionTests {
  @Test func `Hostile descriptors become source without their code, or an error`() throws {
    var requests = HostileRequests(seed: 10)
    var sources: [(name: String, content: String)] = []
    var refused = 0
    for round in 0..<600 {
      let request = requests.next()
      guard let response = try? Generator.swift(request, options: GeneratorOptions()) else {
        refused += 1
        continue
      }
      for (position, file) in response.file.enumerated() {
        let content = file.content ?? ""
        // Paths are a part of the names of descriptors.
        let code = CodeOnly(content).text.replacing(/File_\w+/, with: "")
        #expect(!code.contains("injected") && !code.contains("interpolation"), "round \(round)")
        sources.append(("round\(round)_\(position).swift", content))
      }
    }
    #expect(refused > 20 && sources.count > 400)
    let said = try SwiftCompiler.run(["-frontend", "-parse"], sources: sources)
    #expect(said == "", "\(said.prefix(4000))")
  }

  @Test func `Nothing but names is handed to the generator of C`() throws {
    var requests = HostileRequests(seed: 11)
    let options = GeneratorOptions()
    var taken = 0
    for _ in 0..<600 {
      guard let request = try? Generator.requestForC(requests.next(), options: options)
      else { continue }
      taken += 1
      for var file in request.protoFile {
        file.name = nil
        let text = String(decoding: file.serialized(), as: UTF8.self)
        #expect(!text.contains("injected"))
      }
    }
    #expect(taken > 400)
  }

  @Test(arguments: ["\n", "\r", "\r\n", "\u{0B}", "\u{0C}", "\u{85}", "\u{2028}", "\u{2029}"])
  func `Each kind of new line begins a line of the comment`(newline: String) {
    #expect(SourceWriter.lines(of: "one\(newline)two") == ["one", "two"])
  }

  @Test func `Controls in comments are replaced, joiners and tabs are not`() {
    #expect(
      SourceWriter.lines(of: "a\0b\u{202E}c\u{1B}\td\u{200D}e") == [
        "a\u{FFFD}b\u{FFFD}c\u{FFFD}\td\u{200D}e"
      ])
  }

  @Test(arguments: [
    ("plain é", #""plain é""#), ("a\"b\\c\\(d)", #""a\"b\\c\\(d)""#),
    ("\n\r\0\u{2028}\u{202E}", #""\u{a}\u{d}\u{0}\u{2028}\u{202e}""#), ("", "\"\""),
  ])
  func `A literal has exactly the text`(text: String, literal: String) {
    #expect(SwiftLiteral.string(text) == literal)
  }

  @Test(arguments: ["Module=A;import B", "CModule=", "Mgoogle/type=1A", "Module=\u{e9}"])
  func `A module is an identifier`(parameter: String) {
    #expect(throws: GeneratorError.self) { try GeneratorOptions(parameter: parameter) }
  }
}
