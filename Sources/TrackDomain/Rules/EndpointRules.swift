/// The rules of endpoints, those of `component.yaml` 1.2.
public enum EndpointRules {
  /// The most endpoints of a track.
  public static var maximumCount: Int { 50 }
  /// 1001 to 65534, as the schema of source configs has it.
  public static var ports: ClosedRange<Int32> { 1001...65534 }

  /// The endpoints by name. Adds every violation to `violations` under `endpoints[n]`; the result
  /// is valid only if there are none.
  public static func check(
    _ drafts: [EndpointDraft], _ violations: inout Violations
  ) -> [Endpoint] {
    guard drafts.count <= maximumCount else {
      violations.add("endpoints", invalid("must be at most \(maximumCount)"))
      return []
    }
    var names: Set<String> = []
    var endpoints: [Endpoint] = []
    for (index, draft) in drafts.enumerated() {
      let path = "endpoints[\(index)]"
      if let endpoint = check(draft, path, &violations) { endpoints.append(endpoint) }
      if !names.insert(draft.name).inserted {
        violations.add("\(path).name", invalid("must be unique"))
      }
    }
    return endpoints.sorted { $0.name < $1.name }
  }

  private static func check(
    _ draft: EndpointDraft, _ path: String, _ violations: inout Violations
  ) -> Endpoint? {
    let name = violations.collect("\(path).name") { () throws(InvalidValue) in
      try checkName(draft.name)
    }
    let displayName = violations.collect("\(path).display_name") { () throws(InvalidValue) in
      try TextRule(reason: .invalidEndpoint, maximumLength: 50, allowsLines: false)
        .check(draft.displayName)
    }
    let port = violations.collect("\(path).port") { () throws(InvalidValue) in
      guard ports.contains(draft.port) else {
        throw invalid("must be from \(ports.lowerBound) to \(ports.upperBound)")
      }
      return draft.port
    }
    let basePath = violations.collect("\(path).base_path") { () throws(InvalidValue) in
      try checkBasePath(draft.basePath)
    }
    let schema = violations.collect("\(path).schema_file_path") { () throws(InvalidValue) in
      try RelativePath.check(draft.schemaFilePath, reason: .invalidEndpoint)
    }
    if draft.origin != .user {
      violations.add("\(path).origin", invalid("must be USER"))
    }
    guard let type = draft.type else {
      violations.add("\(path).type", invalid("must be REST, GRAPHQL, GRPC, TCP, UDP or WS"))
      return nil
    }
    let visibilities = violations.collect("\(path).network_visibilities") {
      () throws(InvalidValue) in try checkVisibilities(draft.visibilities, of: type)
    }
    guard let name, let displayName, let port, let basePath, let schema, let visibilities else {
      return nil
    }
    return Endpoint(
      name: name, displayName: displayName, type: type, port: port, basePath: basePath,
      schemaFilePath: schema, visibilities: visibilities)
  }

  /// `^[a-z][a-z0-9_-]*$`, at most 50 characters.
  private static func checkName(_ name: String) throws(InvalidValue) -> String {
    let bytes = name.utf8
    guard (1...50).contains(bytes.count), bytes.first.map(isLowerLetter) == true,
      bytes.allSatisfy({ isLowerLetter($0) || isDigit($0) || $0 == 0x2D || $0 == 0x5F })
    else { throw invalid("must match [a-z][a-z0-9_-]* and have at most 50 characters") }
    return name
  }

  /// `^/[a-zA-Z0-9/\-_]*$`, or empty.
  private static func checkBasePath(_ path: String) throws(InvalidValue) -> String {
    if path.isEmpty { return path }
    guard path.utf8.count <= 255, path.utf8.first == 0x2F,
      path.utf8.allSatisfy({
        isLowerLetter($0 | 0x20) || isDigit($0) || $0 == 0x2F || $0 == 0x2D || $0 == 0x5F
      })
    else { throw invalid("must match /[a-zA-Z0-9/_-]* and have at most 255 characters") }
    return path
  }

  private static func checkVisibilities(
    _ visibilities: [NetworkVisibility?], of type: EndpointType
  ) throws(InvalidValue) -> [NetworkVisibility] {
    let known = visibilities.compactMap { $0 }
    guard known.count == visibilities.count else {
      throw invalid("must be PUBLIC, ORGANIZATION or PROJECT")
    }
    guard Set(known).count == known.count else { throw invalid("must not repeat") }
    if type.isProjectOnly {
      guard known == [.project] else {
        throw invalid("must be exactly PROJECT for GRPC, TCP and UDP endpoints")
      }
    }
    return known.isEmpty ? [.public] : known.sorted { $0.rawValue < $1.rawValue }
  }

  private static func isLowerLetter(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z")
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }

  private static func invalid(_ description: String) -> InvalidValue {
    InvalidValue(.invalidEndpoint, description)
  }
}
