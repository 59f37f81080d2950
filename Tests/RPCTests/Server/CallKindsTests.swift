import Protobuf
import RPC
import Testing

/// The four kinds of calls through code as the generator writes it.
@Suite(.timeLimit(.minutes(2))) struct CallKindsTests {
  @Test func `a unary call brings the reply`() async throws {
    try await TestBed.run { bed in
      let reply = try await bed.echo.unary(StringValue("hello"))
      #expect(reply.value == "hello")
      let summary = await bed.summaries.next()
      #expect(summary?.method == EchoMethods.unary)
      #expect(summary?.code == .ok)
      #expect(summary?.peer == "inprocess:client")
      #expect(summary?.bytesReceived == 12)
      #expect(summary?.bytesSent == 12)
    }
  }

  @Test func `a client's stream is collected`() async throws {
    try await TestBed.run { bed in
      let reply = try await bed.echo.collect { requests in
        for word in ["a", "b", "c"] { try await requests.write(StringValue(word)) }
      }
      #expect(reply.value == "a+b+c")
    }
  }

  @Test func `a server's stream is read to its end`() async throws {
    try await TestBed.run { bed in
      let words = try await bed.echo.expand(StringValue("a+b+c")) { responses in
        try await responses.reduce(into: []) { $0.append($1.value) }
      }
      #expect(words == ["a", "b", "c"])
    }
  }

  @Test func `a bidirectional call goes by turns`() async throws {
    try await TestBed.run { bed in
      try await bed.echo.chat { requests, responses in
        var replies = responses.makeAsyncIterator()
        for word in ["a", "b", "c"] {
          try await requests.write(StringValue(word))
          #expect(try await replies.next()?.value == "re: " + word)
        }
        await requests.finish()
        #expect(try await replies.next() == nil)
      }
      #expect(await bed.summaries.next()?.code == .ok)
    }
  }

  @Test func `both directions of a call may have their own task`() async throws {
    try await TestBed.run { bed in
      let count = try await bed.echo.chat { requests, responses in
        try await withThrowingTaskGroup(of: Void.self) { group in
          group.addTask {
            for number in 0..<1000 { try await requests.write(StringValue("\(number)")) }
            await requests.finish()
          }
          var count = 0
          for try await response in responses {
            #expect(response.value == "re: \(count)")
            count += 1
          }
          return count
        }
      }
      #expect(count == 1000)
    }
  }

  @Test func `many calls share the connection`() async throws {
    try await TestBed.run { bed in
      try await withThrowingTaskGroup(of: String.self) { group in
        for number in 0..<100 {
          group.addTask { try await bed.echo.unary(StringValue("\(number)")).value }
        }
        let replies = try await group.reduce(into: Set()) { $0.insert($1) }
        #expect(replies.count == 100)
      }
    }
  }

  @Test(arguments: [0, 1, 65_535, 65_536, 1 << 20, 4 << 20 - 16])
  func `messages of any size go through a small window`(size: Int) async throws {
    try await TestBed.run(window: 16 << 10) { bed in
      let text = String(repeating: "x", count: min(size, 4 << 20 - 16))
      #expect(try await bed.echo.unary(StringValue(text)).value.utf8.count == text.utf8.count)
      let collected = try await bed.echo.collect { try await $0.write(StringValue(text)) }
      #expect(collected.value.utf8.count == text.utf8.count)
    }
  }
}
