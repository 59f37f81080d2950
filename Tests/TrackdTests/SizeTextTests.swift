import Testing

@testable import trackd

@Suite(.timeLimit(.minutes(2))) struct SizeTextTests {
  @Test(
    arguments: [
      ("1MiB", 1 << 20), ("1024KiB", 1 << 20), ("1025KiB", 1025 << 10), ("2GiB", 2 << 30),
      ("1024GiB", 1 << 40), ("007MiB", 7 << 20),
    ] as [(String, Int64)])
  func `reads a number and a unit`(_ text: String, _ bytes: Int64) {
    #expect(SizeText.parse(text) == bytes)
  }

  @Test(arguments: [
    "", "GiB", "1", "1G", "1gib", "0GiB", "1023KiB", "1025GiB", "1048577MiB", "-1GiB", "+1GiB",
    "1.5GiB", " 1GiB", "1 GiB", "1GiB ", "9223372036854775807GiB", "9223372036854775808KiB",
    "1TiB", "1GB",
  ])
  func `refuses anything else`(_ text: String) {
    #expect(SizeText.parse(text) == nil)
  }
}
