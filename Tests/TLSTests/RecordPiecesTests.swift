import Testing

@testable import TLS

@Suite(.timeLimit(.minutes(2)))
struct RecordPiecesTests {
  @Test(arguments: [
    ([], []), ([0], []), ([1], [1]), ([1, 2, 3], [6]), ([16384], [16384]), ([16385], [16384, 1]),
    ([9, 16384, 9], [16384, 18]), ([40000], [16384, 16384, 7232]),
    ([10000, 10000], [16384, 3616]),
    ([20000, 5], [16384, 3621]),
  ])
  func `Pieces become records of at most 16 KiB, in order`(sizes: [Int], records: [Int]) {
    var next: UInt8 = 0
    let pieces = sizes.map { size in
      (0..<size).map { _ -> UInt8 in
        next &+= 1
        return next
      }[...]
    }
    var rest = RecordPieces(pieces)
    var found: [[UInt8]] = []
    while rest.hasMore { found.append(Array(rest.next())) }
    #expect(found.map(\.count) == records)
    #expect(found.flatMap { $0 } == pieces.flatMap { $0 })
  }
}
