import Testing
import Wire

@Suite(.timeLimit(.minutes(2))) struct HeaderListLimitTests {
  @Test(
    arguments: [
      (nil, 16_384, 8192, 16_384), (nil, 40_000, 20_000, 40_000), (nil, 5000, 5000, 5000),
      (1000, 2000, 1000, 2000), (3000, 2000, 2000, 2000), (-1, -1, 0, 0),
    ] as [(Int?, Int, Int, Int)])
  func `the soft limit follows the hard one, unless it is set`(
    set: Int?, hardBytes: Int, soft: Int, hard: Int
  ) {
    let limit = HeaderListLimit(softBytes: set, hardBytes: hardBytes)
    #expect(limit.softBytes == soft && limit.hardBytes == hard)
  }

  @Test func `between them the chance of a refusal grows with the size`() {
    let limit = HeaderListLimit(softBytes: 1000, hardBytes: 2000)
    for (bytes, chance) in [(0, 0), (1000, 0), (1001, 0.001), (1500, 0.5), (2000, 1)] {
      if chance > 0 { #expect(limit.refuses(bytes, random: { chance * 0.99 })) }
      #expect(!limit.refuses(bytes, random: { chance }))
    }
  }

  @Test func `without a soft limit nothing is left to chance`() {
    let limit = HeaderListLimit(softBytes: 2000, hardBytes: 2000)
    #expect(!limit.refuses(2000, random: { 0 }))
  }
}
