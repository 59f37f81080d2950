public import CProtobufShim

/// A libprotobuf-c message descriptor: the layout of a struct and its fields.
///
/// Sendable because the descriptor is a constant of the C twin target and is never written to.
@safe
public struct Structure: @unchecked Sendable {
  @usableFromInline let descriptor: UnsafePointer<ProtobufCMessageDescriptor>

  /// The descriptor of an initialised struct.
  @inlinable
  public init(of message: UnsafeRawPointer) {
    unsafe descriptor = pb_descriptor(message)
  }
}
