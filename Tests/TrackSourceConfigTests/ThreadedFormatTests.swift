import Testing
import TrackDomain
import TrackSourceConfig

@Suite(.timeLimit(.minutes(2))) struct ThreadedFormatTests {
  @Test func `large files are read as small ones are`() async throws {
    let format = try ThreadedSourceConfigFormat()
    let padding = "# " + String(repeating: "x", count: 20_000) + "\n"
    for (name, text) in Samples.all {
      let small = try Samples.read(text, as: name)
      #expect(try await format.read(fileName: name, content: Array(text.utf8)) == small)
      #expect(
        try await format.read(fileName: name, content: Array((text + padding).utf8)) == small)
      let migrated = try await format.migrate(
        fileName: name, content: Array((text + padding).utf8))
      #expect(try migrated == Samples.migrate(text + padding, as: name))
    }
    await #expect(throws: SourceConfigError.self) {
      try await format.read(fileName: "component.yaml", content: Array((padding + "\t").utf8))
    }
    await format.shutdown()
    let content = Array((Samples.component12 + padding).utf8)
    #expect(
      try await format.read(fileName: "component.yaml", content: content).endpoints.count == 2)
  }
}
