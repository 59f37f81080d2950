import Protobuf
import TestMessages
import Testing

@Suite("The JSON form", .timeLimit(.minutes(2)))
struct JSONTests {
  @Test func `Every kind of field has its form`() throws {
    var everything = Everything()
    everything.oneInt32 = -1
    everything.oneInt64 = .max
    everything.oneUint64 = .max
    everything.oneDouble = .infinity
    everything.oneFloat = 0.1
    everything.oneBool = true
    everything.oneString = "a\"\\\n\u{1}é"
    everything.oneBytes = [0xfb, 0xff]
    everything.oneEnum = .red
    everything.oneAliased = .unrecognized(9)
    everything.repeatedInt32 = [1, 2]
    everything.mapInt32 = [2: 1, 1: 2]
    everything.choice = .choiceNull(.nullValue)
    everything.renamed = "x"
    let expected = """
      {"oneDouble":"Infinity","oneFloat":0.1,"oneInt32":-1,"oneInt64":"9223372036854775807",\
      "oneUint64":"18446744073709551615","oneBool":true,"oneString":"a\\"\\\\\\n\\u0001é",\
      "oneBytes":"+/8=","oneEnum":"COLOR_RED","oneAliased":9,"repeatedInt32":[1,2],\
      "mapInt32":{"1":2,"2":1},"choiceNull":null,"another-name":"x"}
      """
    #expect(try everything.jsonString() == expected)
    #expect(try Everything(jsonString: expected) == everything)
  }

  @Test func `Options change names, enums and defaults`() throws {
    var leaf = Imported()
    leaf.kind = .first
    var options = JSONEncodingOptions()
    options.writesEnumsAsNumbers = true
    #expect(try leaf.jsonString(options: options) == #"{"kind":1}"#)
    options.writesDefaults = true
    #expect(try leaf.jsonString(options: options) == #"{"name":"","children":[],"kind":1}"#)
    var everything = Everything()
    everything.oneInt32 = 1
    everything.renamed = "x"
    options = JSONEncodingOptions()
    options.usesProtoNames = true
    #expect(try everything.jsonString(options: options) == #"{"one_int32":1,"renamed":"x"}"#)
  }

  @Test func `Both spellings of a name are read`() throws {
    #expect(try Everything(jsonString: #"{"one_int32":1}"#).oneInt32 == 1)
    #expect(try Everything(jsonString: #"{"oneInt32":1}"#).oneInt32 == 1)
  }

  @Test(arguments: [
    #"{"number":1,"number":2}"#, #"{"nope":1}"#, #"{"number":1.5}"#, #"{"number":"1 "}"#,
    #"{"number":2147483648}"#, #"{"text":1}"#, #"{"text":"\ud800"}"#, #"{"numbers":[null]}"#, "[]",
    "",
    "{", #"{"text":"a"#, "{}{}", #"{"number":01}"#, #"{"leaf":{"leaf":{"nope":1}}}"#,
  ])
  func `What is not the message's JSON is refused`(text: String) {
    #expect(throws: JSONDecodingError.self) { try Leaf(jsonString: text) }
  }

  @Test func `Unknown members and enum names can be passed over`() throws {
    var options = JSONDecodingOptions()
    options.ignoresUnknownFields = true
    let text =
      #"{"nope":[{"a":[1,"x",null,true]}],"oneEnum":"NOPE","repeatedEnum":["NOPE",1],"oneInt32":3}"#
    let everything = try Everything(jsonString: text, options: options)
    #expect(everything.oneInt32 == 3)
    #expect(everything.oneEnum == .unspecified)
    #expect(everything.repeatedEnum == [.red])
  }

  @Test func `Nesting is bounded`() {
    let deep =
      String(repeating: #"{"leaf":"#, count: 5000) + "{}" + String(repeating: "}", count: 5000)
    #expect(throws: JSONDecodingError.self) { try Leaf(jsonString: deep) }
    let list = #"{"wktValue":"# + String(repeating: "[", count: 100_000)
    #expect(throws: JSONDecodingError.self) { try Everything(jsonString: list) }
  }

  @Test func `An error says where`() {
    let error = #expect(throws: JSONDecodingError.self) {
      try Leaf(jsonString: #"{"leaf":{"number":"x"}}"#)
    }
    #expect(error.map { "\($0)" } == "an integer expected (at byte 18)")
  }

  @Test func `Elements are bounded, however they are spread`() throws {
    var options = JSONDecodingOptions()
    options.maxElements = 3
    #expect(try Everything(jsonString: #"{"repeatedInt32":[1,2]}"#, options: options) != .init())
    for text in [
      #"{"repeatedInt32":[1,2,3]}"#, #"{"mapInt32":{"1":1,"2":2,"3":3}}"#,
      #"{"repeatedInt32":[1],"oneInt32":1,"oneBool":true}"#,
    ] {
      #expect(throws: JSONDecodingError.self) {
        try Everything(jsonString: text, options: options)
      }
    }
  }

  @Test func `Booleans can be strings where that is asked for`() throws {
    #expect(throws: JSONDecodingError.self) { try Everything(jsonString: #"{"oneBool":"true"}"#) }
    var options = JSONDecodingOptions()
    options.takesStringsForBooleans = true
    #expect(try Everything(jsonString: #"{"oneBool":"true"}"#, options: options).oneBool)
    #expect(throws: JSONDecodingError.self) {
      try Everything(jsonString: #"{"oneBool":"yes"}"#, options: options)
    }
  }

  @Test func `The members of an object have names`() throws {
    let text = #" {"a":{"x":[1,null]},"b":null,"\u0063":"}"} "#
    let bytes = Array(text.utf8)
    #expect(try JSONObjects.memberNames(utf8: bytes) == ["a", "b", "c"])
    let members = try JSONObjects.members(utf8: bytes)
    #expect(
      members.map { String(decoding: $0.value, as: UTF8.self) }
        == [#"{"x":[1,null]}"#, "null", #""}""#])
    #expect(
      String(decoding: JSONObjects.object(members), as: UTF8.self)
        == #"{"a":{"x":[1,null]},"b":null,"c":"}"}"#)
    #expect(JSONObjects.object([]) == Array("{}".utf8))
    for text in [#"{"a":1,"a":2}"#, "[]", "{} {}", #"{"a"}"#, "", "null"] {
      #expect(throws: JSONDecodingError.self) {
        try JSONObjects.memberNames(utf8: Array(text.utf8))
      }
    }
  }
}
