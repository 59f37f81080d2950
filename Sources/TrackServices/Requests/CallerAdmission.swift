public import RPC
import TrackDomain
import Wire

/// Reads the caller's name from the metadata `trackd-actor`, or `trackd-actor-bin` for names that
/// text metadata cannot hold; at most 255 characters. Without both, the caller has no name.
///
/// Refuses no call, because reads do not use the name: an invalid name fails the calls that read
/// `ServerContext.actor`.
public struct CallerAdmission: RequestAdmission {
  private static let text: StaticString = "trackd-actor"
  private static let binary: StaticString = "trackd-actor-bin"

  public init() {}

  public func admit(_ request: RequestHeaders, _ storage: inout CallStorage) throws(RPCError) {
    let bytes = request.fields.bytes.span
    for field in request.fields {
      let length = field.name.count
      // The length tells nearly all names apart, so few are looked at.
      guard length == Self.text.utf8CodeUnitCount || length == Self.binary.utf8CodeUnitCount else {
        continue
      }
      let name = bytes.extracting(field.name)
      if name.equals(Self.text) || name.equals(Self.binary) {
        storage[PrincipalKey.self] = Self.actor(claimedBy: request)
        return
      }
    }
  }

  private static func actor(claimedBy request: RequestHeaders) -> Result<Principal, DomainError> {
    do throws(DomainError) {
      return .success(try claim(request))
    } catch {
      return .failure(error)
    }
  }

  private static func claim(_ request: RequestHeaders) throws(DomainError) -> Principal {
    let metadata = request.metadata
    let textual = metadata["\(text)"]
    // Read leniently, two callers could have one name.
    if let bytes = request.fields.value(text), String(validating: bytes, as: UTF8.self) == nil {
      throw .invalid("\(text)", InvalidValue(.invalidActor, "must be UTF-8"))
    }
    let binary = try binaryName(metadata)
    if let textual, let binary, textual != binary {
      throw .invalid(
        "\(Self.binary)", InvalidValue(.invalidActor, "names somebody else than \(text)"))
    }
    guard let name = binary ?? textual else { return Principal(name: "", isVerified: false) }
    do {
      return Principal(name: try TextRule.actor.check(name), isVerified: false)
    } catch {
      throw .invalid(binary == nil ? "\(text)" : "\(Self.binary)", error)
    }
  }

  private static func binaryName(_ metadata: Metadata) throws(DomainError) -> String? {
    guard metadata["\(binary)"] != nil else { return nil }
    guard let bytes = metadata.binaryValues("\(binary)").first,
      let name = String(validating: bytes, as: UTF8.self)
    else {
      throw .invalid("\(binary)", InvalidValue(.invalidActor, "must be UTF-8, in base64"))
    }
    return name
  }
}

private enum PrincipalKey: CallStorageKey { typealias Value = Result<Principal, DomainError> }

extension ServerContext {
  /// The caller, as `CallerAdmission` read it; throws when the name is invalid.
  var actor: Principal {
    get throws {
      try storage[PrincipalKey.self]?.get() ?? Principal(name: "", isVerified: false)
    }
  }
}
