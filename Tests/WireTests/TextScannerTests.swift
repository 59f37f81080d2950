import Testing
import Wire

@Suite(.timeLimit(.minutes(2))) struct TextScannerTests {
  @Test func `takes a character only if it comes next`() {
    var scanner = TextScanner("ab")
    let taken = [scanner.take("b"), scanner.take("a"), scanner.take("b"), scanner.take("b")]
    #expect(taken == [false, true, true, false])
    #expect(scanner.isAtEnd)
  }

  @Test func `takes all digits or none`() {
    var scanner = TextScanner("1234x")
    let numbers = [scanner.number(digits: 3), scanner.number(digits: 4), scanner.number(digits: 1)]
    #expect(numbers == [nil, 1234, nil])
    #expect(!scanner.isAtEnd)
    var digits = TextScanner("1234")
    let parts = [digits.digits(1...3), digits.digits(1...4)]
    #expect(parts == [nil, "1234"])
    #expect(digits.isAtEnd)
  }

  @Test(
    arguments: [
      ("", 0), ("s", 0), (".5", 500_000_000), (".000000001", 1), (".", nil), (".x", nil),
      (".0000000001", nil),
    ] as [(String, Int32?)])
  func `a fraction is nanoseconds`(text: String, nanoseconds: Int32?) {
    var scanner = TextScanner(text)
    let fraction = scanner.fraction()
    #expect(fraction == nanoseconds)
  }
}
