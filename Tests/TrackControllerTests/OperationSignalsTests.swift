import Testing
import TrackDomain

@testable import TrackController

/// Who waits for the end of an operation hears of it. A wait that should be over hangs these tests.
@Suite(.timeLimit(.minutes(1))) struct OperationSignalsTests {
  private let signals = OperationSignals()

  /// Waits for the end of `id`, from when it is certain that the end will be noticed.
  private func waiting(for id: String) async -> Task<Void, Never> {
    let (begun, continuation) = AsyncStream<Void>.makeStream()
    let signals = signals
    let task = Task {
      await signals.waitForEnd(of: id, atMost: .seconds(3600)) {
        continuation.finish()
        return true
      }
    }
    for await _ in begun {}
    return task
  }

  @Test func `an end is told to all who wait for it`() async {
    let tasks = [await waiting(for: "a"), await waiting(for: "a"), await waiting(for: "a")]
    await signals.ended("a")
    for task in tasks { await task.value }
  }

  @Test func `nobody waits once it is closed, whenever he came`() async {
    let before = [await waiting(for: "a"), await waiting(for: "b")]
    await signals.close()
    for task in before { await task.value }
    await waiting(for: "c").value
  }

  @Test func `nobody waits for what is over already`() async {
    await signals.waitForEnd(of: "a", atMost: .seconds(3600)) { false }
  }

  @Test func `nobody waits for longer than he wants to`() async {
    await signals.waitForEnd(of: "a", atMost: .milliseconds(1)) { true }
  }

  @Test func `what the last operations ended with is remembered`() async {
    for number in 0..<300 {
      let error = IntegrationError(.refused, "because of \(number)")
      await signals.willEnd("\(number)", because: error)
      await signals.willEnd("\(number)", abandoning: "here\nthere \(number)")
    }
    // What is tried again fails again.
    for _ in 0..<300 {
      await signals.willEnd("299", because: IntegrationError(.refused, "because of 299"))
    }
    await signals.willEnd("works", abandoning: "")
    await signals.ended("works")
    #expect(await signals.failure(of: "works") == nil)
    #expect(await signals.failure(of: "299")?.message == "because of 299")
    #expect(await signals.failure(of: "44")?.message == "because of 44")
    #expect(await signals.failure(of: "43") == nil)
    await signals.goesOn("44")
    #expect(await signals.failure(of: "44") == nil)
    #expect(await signals.abandoned(by: "works") == [])
    #expect(await signals.abandoned(by: "44") == ["here", "there 44"])
    #expect(await signals.abandoned(by: "43") == [])
  }
}
