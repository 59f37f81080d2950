import EventLoop
import Foundation
import HTTP1
import HTTP2
import RPC
import Testing

@testable import RPCHTTP2

/// Requests and responses over HTTP/1.1.
@Suite(.timeLimit(.minutes(2))) struct HTTP1ConnectionTests {
  @Test func `requests follow each other on one connection`() async throws {
    try await ServerFixture.run { fixture in
      let peer = try HTTP1Peer(fixture.address)
      for body in ["hello", "", "again"] {
        let response = try await peer.call("/early", body: body)
        #expect(response.head == ["HTTP/1.1 200 OK", "grpc-status: 12", "content-length: 0"])
      }
      let last = try await peer.call("/early", method: "GET", fields: ["Connection: close"])
      #expect(last.head.last == "connection: close")
      #expect(try await peer.rest() == "")
      await fixture.waitForEvent(\.isClosed)
      #expect(fixture.server.counts.totals.streamsOpened == 4)
      #expect(fixture.handler.closed.current == [.finished, .finished, .finished, .finished])
    }
  }

  @Test(arguments: [1, 3, 1000])
  func `requests that come at once are answered in their order`(pieceBytes: Int) async throws {
    try await ServerFixture.run { fixture in
      let peer = try HTTP1Peer(fixture.address)
      let bodies = (1...5).map { String(repeating: "\($0)", count: $0 * 7) }
      let bytes = Array(bodies.map { HTTP1Peer.request("/unary", body: $0) }.joined().utf8)
      for start in stride(from: 0, to: bytes.count, by: pieceBytes) {
        try await peer.send(Array(bytes[start..<min(start + pieceBytes, bytes.count)]))
      }
      for body in bodies { #expect(try await peer.response().body == body) }
    }
  }

  @Test func `a body that is not whole at once goes and comes in chunks, with trailers`()
    async throws
  {
    try await ServerFixture.run { fixture in
      let peer = try HTTP1Peer(fixture.address)
      try await peer.send(
        HTTP1Peer.request("/echo", fields: ["Transfer-Encoding: chunked"]) + "3\r\nabc\r\n")
      // The answer has begun before the request ends.
      while fixture.server.counts.totals.bytesWritten == 0 { await Task.yield() }
      try await peer.send("4;x=y\r\ndefg\r\n0\r\n\r\n")
      let response = try await peer.response()
      #expect(response.head == ["HTTP/1.1 200 OK", "transfer-encoding: chunked"])
      #expect(response.body == "abcdefg")
      #expect(response.trailers == ["grpc-status: 0"])
      #expect(try await peer.call("/early").status == "HTTP/1.1 200 OK")
    }
  }

  @Test func `HTTP1_0 gets a body up to the end of the connection`() async throws {
    try await ServerFixture.run { fixture in
      let peer = try HTTP1Peer(fixture.address)
      try await peer.send("POST / HTTP/1.0\r\nX-Path: /echo\r\nContent-Length: 6\r\n\r\nabc")
      while fixture.server.counts.totals.bytesWritten == 0 { await Task.yield() }
      try await peer.send("def")
      let text = try await peer.rest()
      #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
      #expect(text.hasSuffix("\r\nconnection: close\r\n\r\nabcdef"))
    }
  }

  @Test func `HEAD has no body, and the next response is found`() async throws {
    try await ServerFixture.run { fixture in
      let peer = try HTTP1Peer(fixture.address)
      let head = try await peer.call("/early", method: "HEAD")
      #expect(head.head == ["HTTP/1.1 200 OK", "grpc-status: 12"])
      #expect(try await peer.call("/early", method: "OPTIONS").status == "HTTP/1.1 200 OK")
    }
  }

  @Test func `a client that expects 100 gets it before its body`() async throws {
    try await ServerFixture.run { fixture in
      let peer = try HTTP1Peer(fixture.address)
      let expecting = ["Expect: 100-continue", "Content-Length: 2"]
      try await peer.send(HTTP1Peer.request("/wait", fields: expecting))
      #expect(try await peer.response(hasBody: false).head == ["HTTP/1.1 100 Continue"])
      fixture.handler.release()
      try await peer.send("hi")
      #expect(try await peer.response().body == "hi")
    }
  }

  @Test func `a client whose body is not wanted gets its answer in place of 100`() async throws {
    try await ServerFixture.run { fixture in
      let peer = try HTTP1Peer(fixture.address)
      let expecting = ["Expect: 100-continue", "Content-Length: 2"]
      try await peer.send(HTTP1Peer.request("/early", fields: expecting))
      let text = try await peer.rest()
      #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n") && text.contains("connection: close\r\n"))
      #expect(!text.contains("100 Continue"))
    }
  }

  @Test func `a client that sends on after its answer can read it`() async throws {
    try await ServerFixture.run { fixture in
      let peer = try HTTP1Peer(fixture.address)
      try await peer.send(HTTP1Peer.request("/early", fields: ["Content-Length: 1000000"]))
      try await peer.send([UInt8](repeating: 7, count: 300_000))
      let text = try await peer.rest()
      #expect(text.contains("connection: close\r\n") && text.contains("grpc-status: 12"))
    }
  }

  @Test func `a client that has ended its half is answered`() async throws {
    try await ContextFixture.run(ConnectionLimits()) { fixture in
      let peer = HTTP1Peer(try await fixture.silentPeer())
      try await peer.send(HTTP1Peer.request("/wait", body: "hi"))
      await fixture.wait { $0.http1.all.first?.stream != nil }
      peer.socket.shutdownWrite()
      await fixture.wait { $0.http1.all[0].peerHasEnded }
      fixture.handler.release()
      let text = try await peer.rest()
      #expect(text.contains("connection: close\r\n") && text.contains("2\r\nhi\r\n0\r\n"))
      await fixture.wait { $0.http1.all.isEmpty }
    }
  }

  /// The call hands all of a small answer over at once.
  @Test(arguments: [100_000, 300_000])
  func `a client that ends its half in the middle of its answer gets all of it`(
    bytes: Int
  ) async throws {
    var script = MemoryChannel.Script()
    script.capacity = 1000
    try await MemoryFixture.run(server: script) { fixture in
      await fixture.accept()
      let body = String(repeating: "x", count: bytes)
      await fixture.see { fixture in
        let request = Array(HTTP1Peer.request("/unary", body: body).utf8)
        _ = try? fixture.channels.client.write(request, from: 0)
      }
      await fixture.wait { $0.server.http1.all.first?.isBlocked == true }
      await fixture.see { _ = try? $0.channels.client.endWriting() }
      await fixture.wait { $0.server.http1.all.first?.peerHasEnded != false }
      let answer = String(decoding: try await ByteChannelTests.talk([], fixture), as: UTF8.self)
      #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n"))
      #expect(answer.hasSuffix("0\r\ngrpc-status: 0\r\n\r\n"))
      #expect(answer.utf8.count { $0 == UInt8(ascii: "x") } == bytes)
      await fixture.wait { $0.server.http1.all.isEmpty }
      #expect(fixture.handler.closed.current == [.finished])
      #expect(fixture.serverReasons.current == ["the last response is written"])
    }
  }

  @Test(
    "a call ends when its client's system resets the connection, whether its half had ended or not",
    arguments: [false, true])
  func reset(halfEndsFirst: Bool) async throws {
    try await ContextFixture.run(ConnectionLimits()) { fixture in
      let socket = try await fixture.silentPeer()
      let expecting = ["Expect: 100-continue", "Content-Length: 2"]
      _ = try socket.write(Array(HTTP1Peer.request("/wait", fields: expecting).utf8))
      // What is left unread when the socket is closed makes the system reset the connection.
      await fixture.wait { $0.http1.all.first?.totals.bytesWritten ?? 0 > 0 }
      _ = try socket.write(Array("hi".utf8))
      await fixture.wait { $0.http1.all[0].requestIsComplete }
      if halfEndsFirst {
        socket.shutdownWrite()
        await fixture.wait { $0.http1.all[0].peerHasEnded }
        #expect(fixture.handler.closed.current == [])
      }
      socket.close()
      await fixture.wait { $0.http1.all.isEmpty }
      let reasons = fixture.handler.closed.current
      #expect(reasons.count == 1)
      guard case .connectionLost = reasons.first else {
        Issue.record("\(reasons)")
        return
      }
    }
  }

  @Test func `a call ends at once when its client closes a Unix socket`() async throws {
    let path = ServerFixture.temporaryPath()
    try await ServerFixture.run(listen: [.unix(path: path)]) { fixture in
      let peer = try HTTP1Peer(fixture.address)
      try await peer.send(HTTP1Peer.request("/wait", body: "hi"))
      await fixture.handler.waitUntilOpened(1)
      peer.socket.close()
      await fixture.waitForEvent(\.isClosed)
      let reasons = fixture.handler.closed.current
      #expect(reasons == [.connectionLost("the peer closed the connection")])
    }
  }

  @Test(arguments: [
    ("GET / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/1.2\r\nHost: h\r\n\r\n", 505),
    ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
    ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n", 400),
    ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", 400),
  ])
  func `a malformed request has one answer, and nothing behind it is run`(
    text: String, status: Int
  ) async throws {
    try await ServerFixture.run { fixture in
      let peer = try HTTP1Peer(fixture.address)
      _ = try await peer.call("/early")
      try await peer.send(text + HTTP1Peer.request("/early"))
      let answer = try await peer.rest()
      #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
      #expect(answer.contains("connection: close\r\n"))
      #expect(answer.split(separator: "HTTP/1.1 ").count == 1)
      await fixture.waitForEvent { if case .malformedHTTP1 = $0 { true } else { false } }
      #expect(!fixture.handler.opened.current.dropFirst().contains("/early"))
    }
  }

  @Test(
    "a header list above a limit gets 431 and is counted as over HTTP/2",
    arguments: [
      (RefusalClass.headerListTooLarge, 4000), (.headerListTooLarge, 2001),
      (.headerListOverSoftLimit, 2000),
    ])
  func headerLists(refusal: RefusalClass, bytes: Int) async throws {
    var limits = ConnectionLimits()
    limits.http2.maxHeaderListBytes = 2000
    limits.http2.softHeaderListBytes = 1000
    try await ServerFixture.run(limits: limits) { fixture in
      let peer = try HTTP1Peer(fixture.address)
      #expect(try await peer.call("/early", fields: ["X: y"]).status == "HTTP/1.1 200 OK")
      // The method, the target, the host, the path for the handler, and this field.
      let used = (4 + 1 + 64) + (4 + 1 + 32) + (6 + 6 + 32) + 33
      let value = String(repeating: "v", count: bytes - used)
      try await peer.send(HTTP1Peer.request("/early", fields: ["X: \(value)"]))
      let answer = try await peer.rest()
      #expect(answer.hasPrefix("HTTP/1.1 431 Request Header Fields Too Large\r\n"))
      #expect(answer.contains("\r\nconnection: close\r\n"))
      await fixture.waitForEvent(\.isClosed)
      #expect(fixture.server.refusals[refusal] == 1)
      #expect(fixture.server.refusals[.malformedRequest] == 0)
      #expect(fixture.server.counts.totals.streamsRefused == 1)
      #expect(fixture.handler.opened.current == ["/early"])
    }
  }

  @Test func `a bad chunk behind the answer's first bytes cuts the answer short`() async throws {
    try await ServerFixture.run { fixture in
      let peer = try HTTP1Peer(fixture.address)
      try await peer.send(
        HTTP1Peer.request("/echo", fields: ["Transfer-Encoding: chunked"]) + "1\r\na\r\n")
      while fixture.server.counts.totals.bytesWritten == 0 { await Task.yield() }
      try await peer.send("x\r\n")
      let answer = try await peer.rest()
      #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && !answer.contains("0\r\n\r\n"))
      await fixture.waitForEvent(\.isClosed)
      #expect(fixture.handler.closed.current.count == 1)
    }
  }

  @Test(arguments: ["application/grpc", "application/grpc+proto", "Application/gRPC;x"])
  func `gRPC needs HTTP2, on any request of a connection`(type: String) async throws {
    try await ServerFixture.run { fixture in
      let peer = try HTTP1Peer(fixture.address)
      _ = try await peer.call("/early", fields: ["Content-Type: application/grpc-web"])
      try await peer.send(HTTP1Peer.request("/early", fields: ["Content-Type: \(type)"], body: "x"))
      let answer = try await peer.rest()
      #expect(Array(answer.utf8) == ForeignProtocolReply.bytes(to: .http1))
      #expect(fixture.handler.opened.current == ["/early"])
    }
  }

  @Test func `a call that gives up cuts its answer short`() async throws {
    try await ServerFixture.run { fixture in
      let peer = try HTTP1Peer(fixture.address)
      // The handler resets the stream when trailers come.
      try await peer.send(
        HTTP1Peer.request("/echo", fields: ["Transfer-Encoding: chunked"])
          + "1\r\na\r\n0\r\nx: y\r\n\r\n")
      #expect(try await peer.rest().contains("0\r\n\r\n") == false)
      await fixture.waitForEvent(\.isClosed)
      #expect(fixture.handler.closed.current == [.resetLocally])
    }
  }

  @Test func `a client that goes away ends its call`() async throws {
    try await ServerFixture.run { fixture in
      let peer = try HTTP1Peer(fixture.address)
      try await peer.send(HTTP1Peer.request("/hold", fields: ["Content-Length: 5"]) + "ab")
      await fixture.handler.waitUntilOpened(1)
      peer.socket.close()
      await fixture.waitForEvent(\.isClosed)
      let reasons = fixture.handler.closed.current
      #expect(reasons == [.connectionLost("the peer closed the connection")])
    }
  }

  @Test(arguments: [true, false])
  func `single bytes, and a channel with a handshake, are enough`(hasHandshake: Bool) async throws {
    var script = MemoryChannel.Script()
    script.maxReadBytes = 1
    script.maxWriteBytes = 1
    script.readsWaitFor = .writable
    script.writesWaitFor = .readable
    if hasHandshake { script.handshake = [.readable, .writable] }
    try await MemoryFixture.run(server: script) { fixture in
      await fixture.accept()
      let text =
        HTTP1Peer.request("/unary", body: "one")
        + HTTP1Peer.request("/unary", fields: ["Connection: close"], body: "two")
      let answer = try await ByteChannelTests.talk(Array(text.utf8), fixture)
      let parts = String(decoding: answer, as: UTF8.self).components(separatedBy: "\r\n\r\n")
      #expect(
        parts.contains { $0.hasPrefix("3\r\none") } && parts.contains { $0.hasPrefix("3\r\ntwo") })
    }
  }

  @Test func `a failure at any step ends the connection once, and leaves nothing behind`()
    async throws
  {
    var isUntouched = false
    for step in 1...1000 where !isUntouched {
      var script = MemoryChannel.Script()
      script.failsAt = step
      script.maxWriteBytes = 60
      script.takesRecords = true
      try await MemoryFixture.run(server: script) { fixture in
        await fixture.accept()
        let text = HTTP1Peer.request("/unary", fields: ["Connection: close"], body: "hello")
        _ = try await ByteChannelTests.talk(Array((text + text).utf8), fixture, mayFail: true)
        await fixture.wait { !$0.serverReasons.current.isEmpty }
        #expect(fixture.serverReasons.current.count == 1, "step \(step)")
        let isLeft = await fixture.see { fixture in
          !fixture.server.http1.all.isEmpty || !fixture.server.silent.isEmpty
            || fixture.server.heldBytes != 0 || fixture.server.queuedBytes != 0
            || fixture.server.openRequestBytes != 0 || fixture.server.busyConnections != 0
        }
        #expect(!isLeft, "step \(step)")
        isUntouched = await fixture.see { $0.channels.server.operations < step }
      }
    }
    #expect(isUntouched)
  }
}
