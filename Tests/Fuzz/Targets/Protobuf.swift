import Protobuf
import TestMessages

extension FuzzTarget {
  /// Wire bytes of messages with every kind of field, unknown ones among them.
  static let protobuf = FuzzTarget(name: "protobuf", maxLength: 2000) { bytes in
    Self.recode(bytes, as: Everything.self)
    Self.recode(bytes, as: Old.self)
    Self.recode(bytes, as: Value.self)
  }

  /// What is accepted is the same after a round trip, through the wire form and through JSON.
  private static func recode<M: Message>(_ bytes: [UInt8], as type: M.Type) {
    guard let message = try? M(serialized: bytes) else { return }
    let again = message.serialized()
    check(again.count == message.serializedSize, "the size is what was said")
    let second = unwrap(try? M(serialized: again), "\(M.fullName): its own bytes are taken")
    check(second.serialized() == again, "\(M.fullName) is the same after a round trip")
    if second == message { check(second.hashValue == message.hashValue, "equals hash equally") }

    // A message behind a message is both, merged.
    check(Self.isTaken(bytes + again, as: type), "\(M.fullName) behind itself is taken")
    // Less memory makes no other message, only none.
    let limits = DecodingLimits(depth: 100, memory: 4096)
    if let small = try? M(serialized: bytes, limits: limits) {
      check(small.serialized() == again, "\(M.fullName) is the same with less memory")
    }

    guard let json = try? message.jsonUTF8() else { return }
    // JSON cannot say everything: a NullValue is null, whatever its number. What it said, it says
    // again.
    let read = unwrap(try? M(jsonUTF8: json), "\(M.fullName): its own JSON is taken")
    let said = unwrap(try? read.jsonUTF8(), "\(M.fullName): what JSON said, JSON can say")
    let readAgain = unwrap(try? M(jsonUTF8: said), "\(M.fullName): its own JSON is taken")
    check(
      (try? readAgain.jsonUTF8()) == said, "\(M.fullName) is the same after a round trip in JSON")
  }

  private static func isTaken<M: Message>(_ bytes: [UInt8], as type: M.Type) -> Bool {
    do throws(DecodingError) {
      _ = try M(serialized: bytes)
      return true
    } catch {
      return error == .tooLarge
    }
  }

  /// JSON texts of the same messages.
  static let json = FuzzTarget(name: "json", maxLength: 2000) { bytes in
    Self.rewrite(bytes, as: Everything.self)
    Self.rewrite(bytes, as: Old.self)
    Self.rewrite(bytes, as: Value.self)
  }

  private static func rewrite<M: Message>(_ text: [UInt8], as type: M.Type) {
    var lenient = JSONDecodingOptions()
    lenient.ignoresUnknownFields = true
    let leniently = try? M(jsonUTF8: text, options: lenient)
    guard let message = try? M(jsonUTF8: text) else { return }
    let wire = message.serialized()
    check(leniently?.serialized() == wire, "unknown fields that are not there change nothing")
    let json = unwrap(try? message.jsonUTF8(), "\(M.fullName): what JSON said, JSON can say")
    let read = unwrap(try? M(jsonUTF8: json), "\(M.fullName): its own JSON is taken")
    check((try? read.jsonUTF8()) == json, "\(M.fullName) is the same after a round trip")
    let decoded = unwrap(try? M(serialized: wire), "\(M.fullName): its own bytes are taken")
    check((try? decoded.jsonUTF8()) == json, "\(M.fullName) is the same by way of its wire form")

    for shape in 1..<8 {
      var options = JSONEncodingOptions()
      options.writesDefaults = shape & 1 != 0
      options.usesProtoNames = shape & 2 != 0
      options.writesEnumsAsNumbers = shape & 4 != 0
      let other = unwrap(try? message.jsonUTF8(options: options), "other options write as well")
      let same = unwrap(try? M(jsonUTF8: other), "\(M.fullName): \(options) is read")
      check((try? same.jsonUTF8()) == json, "\(M.fullName) is the same, written with \(options)")
    }
  }
}
