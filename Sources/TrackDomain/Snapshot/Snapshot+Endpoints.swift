extension SnapshotWriter {
  mutating func endpoints(_ endpoints: [Endpoint]) {
    unsigned(UInt64(endpoints.count))
    for endpoint in endpoints {
      text(endpoint.name)
      text(endpoint.displayName)
      byte(endpoint.type.rawValue)
      signed(Int64(endpoint.port))
      text(endpoint.basePath)
      text(endpoint.schemaFilePath)
      byte(endpoint.origin.rawValue)
      unsigned(UInt64(endpoint.visibilities.count))
      for visibility in endpoint.visibilities { byte(visibility.rawValue) }
    }
  }
}

extension SnapshotReader {
  mutating func endpoints() throws(SnapshotError) -> [Endpoint] {
    let count = try count()
    var endpoints: [Endpoint] = []
    // Bounded, because the bytes may be damaged.
    endpoints.reserveCapacity(min(count, 64))
    for index in 0..<count {
      endpoints.append(
        Endpoint(
          name: try text(), displayName: try text(), type: try raw(EndpointType.self),
          port: try int32(), basePath: try text(), schemaFilePath: try text(), visibilities: [],
          origin: try raw(EndpointOrigin.self)))
      endpoints[index].visibilities = try visibilities()
    }
    return endpoints
  }

  private mutating func visibilities() throws(SnapshotError) -> [NetworkVisibility] {
    let count = try count()
    var visibilities: [NetworkVisibility] = []
    visibilities.reserveCapacity(min(count, 3))
    for _ in 0..<count { visibilities.append(try raw(NetworkVisibility.self)) }
    return visibilities
  }
}
