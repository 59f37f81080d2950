import Wire

/// What a response's header block says to its call.
struct ResponseHead: Sendable {
  let httpStatus: Int?
  /// Of the messages that are marked as encoded.
  let encoding: CallEncoding?
}

/// The header blocks that the calls of a client have sent and got last: most calls have the same
/// ones, which need not be made or read again. Confined to the executor of the client's transport.
final class KnownBlocks {
  @safe @exclusivity(unchecked) private var requests:
    [(method: MethodDescriptor, head: HeaderFields)] = []
  /// Where the next method's block goes once there is one for each place.
  @safe @exclusivity(unchecked) private var place = 0
  @safe @exclusivity(unchecked) private var headFields = HeaderFields()
  @safe @exclusivity(unchecked) private var head = ResponseHead(httpStatus: nil, encoding: nil)
  @safe @exclusivity(unchecked) private var okTrailers: HeaderFields = ["grpc-status": "0"]

  /// The largest block that is kept.
  private static let mostBytes = 1024
  private static let mostMethods = 16

  /// What the requests of a method have in common.
  func requestHead(
    _ method: MethodDescriptor, _ make: () -> HeaderFields
  ) -> HeaderFields {
    for known in requests where known.method.isSameObject(as: method) { return known.head }
    let made = make()
    if requests.count < Self.mostMethods {
      requests.append((method, made))
    } else {
      requests[place] = (method, made)
      place = (place + 1) % Self.mostMethods
    }
    return made
  }

  /// - Throws: why no messages may follow it.
  func head(
    _ fields: HeaderFields, httpStatus: Int?, _ encodings: MessageEncodings
  ) throws(RPCError) -> ResponseHead {
    if let fault = ResponseStatus.fault(inHeaders: fields, httpStatus: httpStatus, encodings) {
      throw fault
    }
    let read = ResponseHead(
      httpStatus: httpStatus,
      encoding: fields.value("grpc-encoding").flatMap { encodings.find($0) })
    if fields.bytes.count <= Self.mostBytes {
      headFields = fields
      head = read
    }
    return read
  }

  /// The same, if the block is the one that came last.
  func knownHead(_ fields: HeaderFields) -> ResponseHead? {
    fields.count > 0 && fields == headFields ? head : nil
  }

  /// The status in trailers; nil is OK.
  func status(trailers fields: HeaderFields, httpStatus: Int?) -> RPCError? {
    if fields == okTrailers { return nil }
    let status = ResponseStatus.parse(trailers: fields, httpStatus: httpStatus)
    if case .none = status, fields.bytes.count <= Self.mostBytes { okTrailers = fields }
    return status
  }
}
