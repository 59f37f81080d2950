import SwiftRPCGenerator
import Testing

@Suite("Options", .timeLimit(.minutes(2)))
struct OptionsTests {
  @Test func `Options are parsed`() throws {
    let options = try GeneratorOptions(
      parameter: "Module=Foo,CModule=CBar,Visibility=package,Emit=C,Server=false"
        + ",Descriptors=false,DecodingMemory=1000,Mgoogle/type=Types,Missing=generate"
    )
    #expect(options.module == "Foo")
    #expect(options.cModule == "CBar")
    #expect(options.visibility == .package)
    #expect(options.emit == .c)
    #expect(options.generatesMissing)
    #expect(!options.server)
    #expect(!options.descriptors)
    #expect(options.decodingMemory == 1000)
    #expect(options.client)
    #expect(options.modules["google/type"] == "Types")
  }

  @Test(arguments: [
    "Nope=1", "Module", "Emit=Rust", "Visibility=open", "Missing=ignore", "Server=no",
    "Mock=true,Server=false", "DecodingMemory=0", "DecodingMemory=much",
  ])
  func `A bad option is an error`(parameter: String) {
    #expect(throws: GeneratorError.self) { try GeneratorOptions(parameter: parameter) }
  }
}
