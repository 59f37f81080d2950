/// Whether a service can do its work.
public enum HealthStatus: UInt8, Sendable, Hashable {
  case serving
  case notServing
}
