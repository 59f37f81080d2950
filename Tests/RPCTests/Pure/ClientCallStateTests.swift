import Testing

@testable import RPC

@Suite(.timeLimit(.minutes(2))) struct ClientCallStateTests {
  @Test func `a call that ran its course needs no reset`() {
    var state = ClientCallState()
    state.requestFinished()
    state.headersReceived(httpStatus: 200)
    #expect(state.httpStatus == 200)
    #expect(state.statusKnown(nil) == true)
    #expect(!state.abandoned())
  }

  @Test func `a call with an open half is reset when it is left`() {
    var state = ClientCallState()
    #expect(state.abandoned())
    state.requestFinished()
    #expect(state.abandoned())
    _ = state.statusKnown(nil)
    #expect(!state.abandoned())
    var replied = ClientCallState()
    _ = replied.statusKnown(nil)
    #expect(replied.abandoned())
    replied.streamClosed()
    #expect(!replied.abandoned())
  }

  @Test func `the first status counts`() {
    var state = ClientCallState()
    #expect(state.statusKnown(.deadlineExceeded) == true)
    #expect(state.statusKnown(nil) == false)
    #expect(state.response == .ended(.deadlineExceeded))
    #expect(!state.takesRequests)
  }
}
