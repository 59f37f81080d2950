import Protobuf
import TestMessages
import Testing

@Suite("The well-known types", .timeLimit(.minutes(2)))
struct WellKnownTypeTests {
  @Test(
    arguments: [
      (0, 0, "1970-01-01T00:00:00Z"), (-1, 999_999_999, "1969-12-31T23:59:59.999999999Z"),
      (951_782_400, 500_000_000, "2000-02-29T00:00:00.500Z"),
      (1, 1000, "1970-01-01T00:00:01.000001Z"),
      (-62_135_596_800, 0, "0001-01-01T00:00:00Z"), (253_402_300_799, 0, "9999-12-31T23:59:59Z"),
      (4_107_542_400, 0, "2100-03-01T00:00:00Z"),
    ] as [(Int64, Int32, String)])
  func `A time is RFC 3339`(seconds: Int64, nanos: Int32, text: String) {
    let time = Timestamp(seconds: seconds, nanos: nanos)
    #expect(time.rfc3339 == text)
    #expect(Timestamp(rfc3339: text) == time)
  }

  @Test(arguments: [
    "", "1970-01-01", "1970-01-01T00:00:00", "1970-02-30T00:00:00Z", "2100-02-29T00:00:00Z",
    "1970-01-01T24:00:00Z", "1970-01-01T00:00:60Z", "1970-01-01t00:00:00Z", "0000-01-01T00:00:00Z",
    "1970-01-01T00:00:00.Z", "1970-01-01T00:00:00Zx", "0001-01-01T00:00:00+00:01",
  ])
  func `What is no time is refused`(text: String) {
    #expect(Timestamp(rfc3339: text) == nil)
  }

  @Test func `Times out of range have no JSON`() {
    #expect(throws: JSONEncodingError.self) { try Timestamp(seconds: .max).jsonString() }
    #expect(throws: JSONEncodingError.self) { try Timestamp(seconds: 0, nanos: -1).jsonString() }
    #expect(throws: JSONEncodingError.self) { try Duration_(seconds: .min).jsonString() }
    #expect(throws: JSONEncodingError.self) { try Duration_(seconds: 1, nanos: -1).jsonString() }
  }

  @Test(
    arguments: [(1, 500_000_000, "1.500s"), (0, -1, "-0.000000001s"), (-3, 0, "-3s")]
      as [(Int64, Int32, String)])
  func `A duration is seconds`(seconds: Int64, nanos: Int32, text: String) throws {
    let duration = Duration_(seconds: seconds, nanos: nanos)
    #expect(try duration.jsonString() == "\"\(text)\"")
    #expect(try Duration_(jsonString: "\"\(text)\"") == duration)
  }

  @Test func `A field mask is a list in camel case`() throws {
    let mask = FieldMask(paths: ["foo_bar", "a.b_c"])
    #expect(try mask.jsonString() == #""fooBar,a.bC""#)
    #expect(try FieldMask(jsonString: #""fooBar,a.bC""#) == mask)
    #expect(throws: JSONEncodingError.self) { try FieldMask(paths: ["fooBar"]).jsonString() }
  }

  @Test func `A struct is any JSON`() throws {
    let text = #"{"":{},"a":null,"b":[1.5,"x",true,{"c":[]}]}"#
    #expect(try Struct(jsonString: text).jsonString() == text)
    #expect(throws: JSONDecodingError.self) { try Struct(jsonString: #"{"a":1,"a":1}"#) }
    #expect(throws: JSONEncodingError.self) { try Value(.numberValue(.nan)).jsonString() }
  }

  @Test func `An Any holds a message`() throws {
    var leaf = Leaf()
    leaf.number = 1
    let any = AnyMessage(packing: leaf)
    #expect(any.typeUrl == "type.googleapis.com/testing.v1.Leaf")
    #expect(any.holds(Leaf.self))
    #expect(!any.holds(Everything.self))
    #expect(try any.unpack(as: Leaf.self) == leaf)
    #expect(try any.unpack(as: Everything.self) == nil)
    #expect(throws: JSONEncodingError.self) { try any.jsonString() }
    var options = JSONEncodingOptions()
    options.types.register(Leaf.self)
    #expect(
      try any.jsonString(options: options)
        == #"{"@type":"type.googleapis.com/testing.v1.Leaf","number":1}"#)
    let duration = AnyMessage(packing: Duration_(seconds: 1))
    let text = #"{"@type":"type.googleapis.com/google.protobuf.Duration","value":"1s"}"#
    #expect(try duration.jsonString() == text)
    #expect(try AnyMessage(jsonString: text) == duration)
  }
}
