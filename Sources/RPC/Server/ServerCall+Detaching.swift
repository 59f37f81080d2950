import Wire

extension ServerCall {
  func detach(for owner: any ResponseSinkOwner) throws {
    precondition(executor.isCurrent, "detached on the call's executor")
    if let endError { throw endError }
    if Task.isCancelled { throw CancellationError() }
    sendHeaders()
    sinkOwner = owner
  }

  func finishDetached(_ error: RPCError?) {
    sinkOwner = nil
    sendStatus(error, error: nil)
    if state.handler == .ended { stream.handlerEnded() }
  }

  /// The handler has returned, and the call goes on without it: frees the state that only handlers
  /// use.
  func handlerLeft() {
    head = HeaderFields()
    handlerEnded()
  }

  func tellSinkOwner() {
    guard let owner = sinkOwner else { return }
    sinkOwner = nil
    owner.responseEnded()
    if state.handler == .ended { stream.handlerEnded() }
  }
}
