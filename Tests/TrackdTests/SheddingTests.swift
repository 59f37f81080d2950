import RPC
import Testing

@testable import trackd

/// The load above which calls are refused, from flags.
@Suite(.timeLimit(.minutes(2))) struct SheddingTests {
  @Test func `memory has nine tenths of the control group's limit, or what the flag says`() {
    var options = ServeOptions()
    #expect(TrackServer.shedding(options, memoryLimit: nil).maxMemoryBytes == nil)
    #expect(TrackServer.shedding(options, memoryLimit: 1000).maxMemoryBytes == 900)
    options.shedMemoryBytes = 5
    #expect(TrackServer.shedding(options, memoryLimit: 1000).maxMemoryBytes == 5)
    let bytes = TrackServer.shedding(options).memoryInUse?()
    #expect(bytes.map { $0 > 1 << 20 } ?? true)
  }

  @Test func `a lag of 0 is none`() throws {
    let command = try CommandLineParser.parse(["serve", "--shed-lag", "0"], environment: [:])
    guard case .serve(let options) = command else {
      Issue.record("\(command)")
      return
    }
    #expect(TrackServer.shedding(options, memoryLimit: nil).maxLoopLag == nil)
    #expect(
      TrackServer.shedding(ServeOptions(), memoryLimit: nil).maxLoopLag == .milliseconds(500))
  }
}
