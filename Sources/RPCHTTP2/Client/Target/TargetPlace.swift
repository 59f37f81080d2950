import EventLoop

/// A channel's target, as far as the channel cares where its addresses come from.
struct TargetPlace: Sendable {
  enum Kind: Sendable {
    case addresses([SocketAddress])
    case resolver(any NameResolver)
    case malformed(ChannelTarget.Malformed)
  }

  let description: String
  let authority: String
  let kind: Kind

  init(_ target: ChannelTarget, _ resolver: (any NameResolver)?) {
    description = target.description
    authority = target.authority
    if let resolver {
      kind = .resolver(resolver)
    } else {
      switch target.place {
      case .addresses(let addresses): kind = .addresses(addresses)
      case .name(let host, let port): kind = .resolver(HostNameResolver(host: host, port: port))
      }
    }
  }

  /// A text that need not be a target.
  init(_ text: String, _ resolver: (any NameResolver)?) {
    do throws(ChannelTarget.Malformed) {
      self.init(try ChannelTarget(text), resolver)
    } catch {
      self.init(text, resolver.map { .resolver($0) } ?? .malformed(error))
    }
  }

  private init(_ text: String, _ kind: Kind) {
    description = text
    authority = "localhost"
    self.kind = kind
  }
}
