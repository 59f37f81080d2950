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
    var endpoints: [Endpoint] = []
    for _ in 0..<(try count()) {
      var endpoint = Endpoint(
        name: try text(), displayName: try text(), type: try raw(EndpointType.self),
        port: try int32(), basePath: try text(), schemaFilePath: try text(), visibilities: [],
        origin: try raw(EndpointOrigin.self))
      for _ in 0..<(try count()) {
        endpoint.visibilities.append(try raw(NetworkVisibility.self))
      }
      endpoints.append(endpoint)
    }
    return endpoints
  }
}
