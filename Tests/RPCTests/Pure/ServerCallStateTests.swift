import Testing

@testable import RPC

@Suite(.timeLimit(.minutes(2))) struct ServerCallStateTests {
  @Test func `a unary call goes headers, message, trailers`() {
    var state = ServerCallState()
    #expect(state.wantsRequest)
    state.endStreamReceived()
    state.handlerStarted()
    #expect(state.messageWritten() == .sendHeadersAndMessage)
    #expect(state.statusDecided() == .sendTrailers)
    state.handlerReturned()
    #expect(state.isOver && !state.handlerIsOrphaned && !state.wantsRequest)
    #expect(state.streamClosed() == false)
  }

  @Test func `without a message it is trailers only`() {
    var state = ServerCallState()
    #expect(state.statusDecided() == .sendTrailersOnly)
  }

  @Test func `the headers go with the first message only`() {
    var state = ServerCallState()
    #expect(state.messageWritten() == .sendHeadersAndMessage)
    #expect(state.messageWritten() == .sendMessage)
  }

  @Test func `the first status counts`() {
    var state = ServerCallState()
    state.handlerStarted()
    #expect(state.statusDecided() == .sendTrailersOnly)
    #expect(state.handlerIsOrphaned)
    #expect(state.messageWritten() == .nothing)
    #expect(state.statusDecided() == .nothing)
    state.handlerReturned()
    #expect(!state.handlerIsOrphaned)
  }

  @Test func `a stream that goes away cancels once`() {
    var state = ServerCallState()
    state.handlerStarted()
    #expect(state.streamClosed() == true)
    #expect(state.handlerIsOrphaned && !state.wantsRequest)
    #expect(state.streamClosed() == false)
    #expect(state.statusDecided() == .nothing)
  }
}
