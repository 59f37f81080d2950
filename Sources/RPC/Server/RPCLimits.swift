public import Protobuf

/// The bounds of what a server takes and sends; finite by default where a peer decides.
public struct RPCLimits: Sendable, Hashable {
  /// The largest message taken from a client, in bytes. Above it RESOURCE_EXHAUSTED.
  public var maxReceiveMessageBytes = 4 << 20
  /// The largest message sent, in bytes. Above it RESOURCE_EXHAUSTED.
  public var maxSendMessageBytes = Int(Int32.max)
  /// What decoding a client's message may cost. Above it RESOURCE_EXHAUSTED. Nil: as the method's
  /// contract says (the generator's `DecodingMemory`), else 100 messages deep, and 8 times
  /// `maxReceiveMessageBytes` of memory; a client grants its server more, which nobody else chose.
  public var decodingLimits: DecodingLimits?
  /// Bytes of unfinished requests which the whole server holds beyond the flow-control windows, as
  /// it must for a message that is larger than its window. Above half of it a connection that holds
  /// more than its share has to wait, the windows of its streams stay shut, and each loop lets one
  /// request after the other come in whole.
  public var maxEagerRequestBytes = 8 << 20
  /// The most of that, but for the requests whose turn it is: the windows that are open already,
  /// 256 kB of each stream, bring more than what is let in freely; a hundred of them are to fit in.
  /// Above it a request gets RESOURCE_EXHAUSTED if its connection holds more than its share.
  public var maxHeldRequestBytes = 36 << 20
  /// How long a message may be on its way, from the first of its bytes that came without the last;
  /// in a stream, from when its handler waits for it. Then the call ends with DEADLINE_EXCEEDED:
  /// nobody may keep a part of `maxHeldRequestBytes` for ever, byte by byte.
  public var requestMessageTimeout = Duration.seconds(60)
  /// Handlers that may run at once in the whole server. A handler counts until it has really
  /// returned, also when its client is long gone. Above half of it a connection may have no more
  /// than its fair share, above all of it RESOURCE_EXHAUSTED.
  public var maxHandlersInFlight = 10_000
  /// How many of them are kept for health checks, and for clients of this machine over a Unix
  /// socket; a twentieth at most.
  public var reservedHandlers = 500

  var eagerBytes: ShareQuota { ShareQuota(total: maxEagerRequestBytes) }
  var heldBytes: ShareQuota { ShareQuota(total: maxHeldRequestBytes) }

  var handlers: ShareQuota {
    let reserve = min(reservedHandlers, maxHandlersInFlight / 20)
    return ShareQuota(total: maxHandlersInFlight, reserve: reserve)
  }
  /// Bytes of `grpc-message` and `grpc-status-details-bin` together; longer ones are cut.
  public var maxStatusBytes = 6 << 10
  /// The most elements of all arrays and objects of one message in JSON together: a few bytes of
  /// text can ask for hundreds in memory. Above it INVALID_ARGUMENT.
  public var maxJSONElements = 100_000
  /// The largest body of a request that is not gRPC, in bytes. Above it 413.
  public var maxHTTPBodyBytes = 4 << 20

  public init() {}
}
