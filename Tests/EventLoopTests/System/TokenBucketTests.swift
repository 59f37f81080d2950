import EventLoop
import Testing

@Suite(.timeLimit(.minutes(2))) struct TokenBucketTests {
  private let rate = TokenBucket.Rate(burst: 2.5, perSecond: 0.5)

  @Test func `whole tokens are taken, and come back with time`() {
    var bucket = TokenBucket(rate, at: .seconds(-7))
    let taken = [0, 0, 0, 1, 1, 3].map { bucket.take(rate, at: .seconds($0 - 7)) }
    #expect(taken == [true, true, false, true, false, true])
    #expect(bucket.left(rate, at: .seconds(100)) == 2.5)
  }

  @Test func `what is left of one can be spent, and earlier times take nothing back`() {
    var bucket = TokenBucket(rate, at: .zero)
    for _ in 0..<3 { bucket.spend(rate, at: .zero) }
    #expect(bucket.left(rate, at: .zero) == 0)
    #expect(bucket.left(rate, at: .seconds(-9)) == 0)
    #expect(bucket.left(rate, at: .seconds(1)) == 0.5)
  }
}
