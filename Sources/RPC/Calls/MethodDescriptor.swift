public import Protobuf
import Synchronization

/// Names one method of a service.
public struct MethodDescriptor: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    case unary
    case clientStreaming
    case serverStreaming
    case bidirectionalStreaming
  }

  /// What the contract's `idempotency_level` promises (google/protobuf/descriptor.proto).
  public enum Idempotency: Sendable, Hashable {
    case unknown
    /// Changes nothing, as HTTP's GET: caches may answer, and the Connect protocol calls it by GET.
    case noSideEffects
    /// Made twice it leaves what it leaves made once.
    case idempotent
  }

  /// Kept once: each call hands its method around.
  private final class Names: Sendable {
    let service: String
    let method: String
    let path: String
    let decodingLimits: DecodingLimits?
    let number: Int
    private static let made = Atomic<Int>(0)
    /// Few, so they are looked through.
    let customOptions: [(number: UInt32, value: UInt64)]

    init(
      service: String, method: String, decodingLimits: DecodingLimits?,
      customOptions: [UInt32: UInt64]
    ) {
      self.service = service
      self.method = method
      self.decodingLimits = decodingLimits
      self.customOptions = customOptions.map { ($0.key, $0.value) }
      path = "/\(service)/\(method)"
      number = Self.made.wrappingAdd(1, ordering: .relaxed).oldValue
    }
  }

  private let names: Names
  public let kind: Kind
  public let idempotency: Idempotency

  /// - Parameters:
  ///   - service: the service's full name: `pkg.Service`.
  ///   - method: the method's own name.
  ///   - kind: which sides stream.
  ///   - idempotency: what calling it twice does.
  ///   - decodingMemory: bytes that decoding one of its messages may take, where neither the call
  ///     nor the server sets `DecodingLimits`; nil: in proportion to the largest message.
  ///   - customOptions: see `customOption`, by field number.
  public init(
    service: String, method: String, kind: Kind, idempotency: Idempotency = .unknown,
    decodingMemory: Int? = nil, customOptions: [UInt32: UInt64] = [:]
  ) {
    let limits = decodingMemory.map {
      DecodingLimits(depth: DecodingLimits.default.depth, memory: $0)
    }
    names = Names(
      service: service, method: method, decodingLimits: limits, customOptions: customOptions)
    self.kind = kind
    self.idempotency = idempotency
  }

  /// The service's full name: `pkg.Service`.
  public var service: String { names.service }
  public var method: String { names.method }
  /// `/pkg.Service/Method`.
  public var path: String { names.path }
  /// What decoding one of its messages may cost, as its contract says; nil where it does not.
  public var decodingLimits: DecodingLimits? { names.decodingLimits }
  /// One of the contract's own options of the method (extensions of `google.protobuf.MethodOptions`)
  /// whose values are numbers, booleans or enums; nil where the contract does not set it.
  ///
  /// - Parameter number: the option's field number.
  public func customOption(_ number: UInt32) -> UInt64? {
    for option in names.customOptions where option.number == number { return option.value }
    return nil
  }

  /// A number that copies of this value have in common, and no other value of the process: quicker
  /// than a name to look up by.
  public var number: Int { names.number }

  /// Whether both are copies of one value: quicker than whether they are equal.
  func isSameObject(as other: MethodDescriptor) -> Bool { names === other.names }

  public static func == (left: MethodDescriptor, right: MethodDescriptor) -> Bool {
    left.kind == right.kind && left.service == right.service && left.method == right.method
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(kind)
    hasher.combine(path)
  }
}

extension MethodDescriptor: CustomStringConvertible {
  public var description: String { path }
}
