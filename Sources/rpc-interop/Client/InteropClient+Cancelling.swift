import InteropMessages
import RPC

extension InteropClient {
  func cancelAfterBegin() async throws {
    // With a connection that stands the header block leaves before the call is cancelled.
    _ = try await tests.emptyCall(Empty())
    try await expectStatus(.cancelled) {
      try await cancelling { cancel in
        _ = try await tests.streamingInputCall { _ in
          cancel()
          try await Task.sleep(for: Self.never)
        }
      }
    }
  }

  func cancelAfterFirstResponse() async throws {
    try await expectStatus(.cancelled) {
      try await cancelling { cancel in
        try await tests.fullDuplexCall { requests, responses in
          var request = StreamingOutputCallRequest()
          request.responseParameters = [ResponseParameters(size: 31_415)]
          request.payload = Payload(zeros: 27_182)
          try await requests.write(request)
          for try await response in responses {
            let size = response.payload?.body.count ?? 0
            try expect(size == 31_415, "the payload has \(size) bytes")
            cancel()
          }
        }
      }
    }
  }

  func timeoutOnSleepingServer() async throws {
    let options = CallOptions(timeout: .milliseconds(1))
    try await expectStatus(.deadlineExceeded) {
      try await tests.fullDuplexCall(options: options) { requests, responses in
        var request = StreamingOutputCallRequest()
        request.payload = Payload(zeros: 27_182)
        try await requests.write(request)
        _ = try await payloadSizes(responses)
      }
    }
  }

  private static var never: Duration { .seconds(3600) }

  /// Runs a call in a task of its own, which is cancelled when the call says so.
  private func cancelling(
    _ call: @escaping @Sendable (_ cancel: @Sendable () -> Void) async throws -> Void
  ) async throws {
    let (uncancelled, end) = AsyncStream.makeStream(of: Never.self)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        defer { end.finish() }
        try await call { end.finish() }
      }
      for await _ in uncancelled {}
      group.cancelAll()
      try await group.waitForAll()
    }
  }
}
