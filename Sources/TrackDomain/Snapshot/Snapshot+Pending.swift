extension Snapshot {
  public static func encode(_ deployment: Deployment) -> [UInt8] { [] }
}
