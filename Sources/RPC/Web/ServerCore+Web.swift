import Wire

/// Requests of other protocols than gRPC, which become gRPC's here: everything behind, from the
/// admission to the handler, sees a gRPC call.
extension ServerCore {
  /// Starts the call of a request that is not gRPC.
  ///
  /// - Returns: nil when it is in none of the server's other protocols.
  func webStreamStarted(
    _ stream: any TransportStream, _ fields: HeaderFields, _ head: RequestHead, endStream: Bool
  ) -> (any StreamReceiver)? {
    let request = WebRequest(fields)
    let decision: WebDecision?
    if request.contentType.hasPrefix("application/grpc-web") {
      decision = webProtocols.contains(.grpcWeb) ? decideGRPCWeb(request, stream) : nil
    } else {
      decision = webProtocols.contains(.connect) ? decideConnect(request, stream) : nil
    }
    switch decision {
    case nil: return nil
    case .call(let adapted, let translated, let form):
      adapted.start(self, translated, form, endStream: endStream)
      if adapted.waitsForBody { stream.allowBody(askedBy: fields) }
      return adapted
    case .refuse(let response, let error, let webProtocol, let reason):
      refusals.add(reason)
      return refuse(
        .response(response, error), stream, fields, head, started: stream.executor.currentInstant,
        webProtocol)
    }
  }

  private enum WebDecision {
    /// The stream as its call sees it, the header block, and how it came.
    case call(AdaptedStream, HeaderFields, CallForm)
    case refuse(HTTPResponse, RPCError, WebProtocol, RefusalClass)
  }

  private func method(_ request: WebRequest) -> RegisteredMethod? {
    router.find(request.path.span)
  }

  // MARK: gRPC-Web

  private func decideGRPCWeb(_ request: WebRequest, _ stream: any TransportStream) -> WebDecision? {
    guard
      let web = GRPCWebRequest(contentType: request.contentType, accept: request.text("accept"))
    else {
      return method(request).map {
        refusal(
          415, ["accept-post": accepted($0.descriptor.kind)], "the content-type is not the method's"
        )
      }
    }
    let form = CallForm(webProtocol: .grpcWeb, isJSON: web.isJSON)
    if request.encoding("content-encoding") != nil {
      return refusal(
        web, RPCError(.unimplemented, "the body is not taken in a content-encoding"),
        as: .unsupportedEncoding)
    }
    if web.isJSON, method(request) == nil {
      return refusal(web, .unknownMethod(path: request.path, in: router), as: .unknownMethod)
    }
    return .call(GRPCWebStream(stream, web), request.translated([:]), form)
  }

  private func refusal(
    _ web: GRPCWebRequest, _ error: RPCError, as reason: RefusalClass
  ) -> WebDecision {
    var block = ResponseBlocks.trailersOnly(error, nil, limit: limits.maxStatusBytes)
    var headers: HeaderFields = ["content-type": web.contentType]
    block = block.without("content-type")
    block.appendAll(to: &headers)
    return .refuse(HTTPResponse(status: 200, headers: headers), error, .grpcWeb, reason)
  }

  // MARK: Connect

  private func decideConnect(_ request: WebRequest, _ stream: any TransportStream) -> WebDecision? {
    guard let method = method(request) else { return decideUnknownMethod(request, stream) }
    let kind = method.descriptor.kind
    let isGet = request.method.elementsEqual("GET".utf8)
    let takesGet = kind == .unary && method.descriptor.idempotency == .noSideEffects
    guard isGet ? takesGet : request.method.elementsEqual("POST".utf8) else {
      return refusal(405, ["allow": takesGet ? "GET, POST" : "POST"], "another HTTP method")
    }
    if isGet { return decideGet(request, stream) }
    guard let connect = ConnectRequest(contentType: request.contentType),
      (connect.shape == .unary) == (kind == .unary)
    else {
      return refusal(415, ["accept-post": accepted(kind)], "the content-type is not the method's")
    }
    guard stream.isFullDuplex || kind != .bidirectionalStreaming else {
      return refusal(505, [:], "streams both ways need HTTP/2")
    }
    return call(connect, request, stream)
  }

  private func decideGet(_ request: WebRequest, _ stream: any TransportStream) -> WebDecision {
    let query: ConnectQuery
    do throws(RPCError) {
      query = try ConnectQuery(request.query ?? [])
    } catch {
      let connect = ConnectRequest(.unary, isJSON: true)
      return .refuse(connect.response(error), error, .connect, .notGRPC)
    }
    guard query.codec == "json" || query.codec == "proto" else {
      return refusal(415, [:], "the encoding is neither json nor proto")
    }
    return call(
      ConnectRequest(.get(query), isJSON: query.codec == "json"), request, stream,
      vary: encodings.isEmpty ? nil : "accept-encoding")
  }

  /// The path names no method: another handler's, unless the request says that it is Connect.
  private func decideUnknownMethod(
    _ request: WebRequest, _ stream: any TransportStream
  ) -> WebDecision? {
    guard request.method.elementsEqual("POST".utf8),
      let connect = ConnectRequest(contentType: request.contentType)
    else { return nil }
    let isConnects =
      httpHandler == nil || request.contentType != "application/json"
      || request.fields.value("connect-protocol-version") != nil
    guard isConnects else { return nil }
    if unregisteredMethods != nil, !connect.isJSON { return call(connect, request, stream) }
    let error = RPCError.unknownMethod(path: request.path, in: router)
    return .refuse(connect.response(error, status: 404), error, .connect, .unknownMethod)
  }

  private func call(
    _ connect: ConnectRequest, _ request: WebRequest, _ stream: any TransportStream,
    vary: String? = nil
  ) -> WebDecision {
    do throws(RPCError) {
      let translated = try connect.translated(request)
      let isStreaming = connect.shape == .streaming
      let form = CallForm(webProtocol: .connect, isJSON: connect.isJSON, isBare: !isStreaming)
      return .call(
        isStreaming
          ? ConnectMessageStream(stream, connect)
          : ConnectUnaryStream(stream, connect, vary: vary), translated, form)
    } catch {
      let reason: RefusalClass = error.code == .unimplemented ? .unsupportedEncoding : .notGRPC
      return .refuse(connect.response(error), error, .connect, reason)
    }
  }

  private func refusal(_ status: Int, _ headers: HeaderFields, _ why: String) -> WebDecision {
    let error = RPCError(HTTPStatus.code(for: status), why)
    return .refuse(HTTPResponse(status: status, headers: headers), error, .connect, .notGRPC)
  }

  /// The content types of a method's requests, as `accept-post` lists them.
  private func accepted(_ kind: MethodDescriptor.Kind) -> String {
    var types =
      kind == .unary
      ? ["application/proto", "application/json"]
      : ["application/connect+proto", "application/connect+json"]
    types += ["application/grpc", "application/grpc+proto"]
    if webProtocols.contains(.grpcWeb) {
      types += ["proto", "json"].flatMap {
        ["application/grpc-web+\($0)", "application/grpc-web-text+\($0)"]
      }
    }
    return types.joined(separator: ", ")
  }
}

extension HeaderFields {
  fileprivate func without(_ dropped: StaticString) -> HeaderFields {
    let span = bytes.span
    var block = HeaderFields()
    for field in self where !span.extracting(field.name).equals(dropped) {
      block.append(span.extracting(field.name), span.extracting(field.value))
    }
    return block
  }
}
