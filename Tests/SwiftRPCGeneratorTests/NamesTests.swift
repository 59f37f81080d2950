import Testing

@testable import SwiftRPCGenerator

@Suite("Names", .timeLimit(.minutes(2)))
struct NamesTests {
  @Test(arguments: [
    ("component_id", "componentId"), ("a", "a"), ("Camel_Name", "camelName"),
    ("with__two", "withTwo"),
    ("_leading", "leading"), ("digit_1", "digit1"), ("unknown_fields", "unknownFields_"),
    ("self", "self_"),
    ("description", "description"), ("_", "underscore"), ("TTL", "ttl"), ("ID", "id"),
    ("HTTPRule", "httpRule"), ("HTTP_rule", "httpRule"), ("HTTP2Server", "http2Server"),
    ("IDs", "ids"),
    ("URLsFound", "urlsFound"), ("MAX_SIZE", "maxSize"), ("user_ID", "userID"), ("A_b", "aB"),
    ("X", "x"), ("getHTTP", "getHTTP"), ("_1a", "_1a"),
    ("__", "underscore"),
  ])
  func `Fields are in lower camel case`(name: String, swiftName: String) {
    #expect(SwiftNames.property(name) == swiftName)
  }

  @Test(arguments: [
    ("Track", "Track"), ("Type", "Type_"), ("Duration", "Duration_"), ("String", "String_"),
    ("small", "Small"), ("_", "Underscore"),
  ])
  func `Types do not hide those of Swift`(name: String, swiftName: String) {
    #expect(SwiftNames.type(name) == swiftName)
  }

  @Test(arguments: [
    (
      "VersionStrategy", ["VERSION_STRATEGY_UNSPECIFIED", "VERSION_STRATEGY_MAJOR_MINOR"],
      ["unspecified", "majorMinor"]
    ),
    ("Code", ["OK", "CODE_2", "NOT_FOUND"], ["ok", "code2", "notFound"]),
    ("Same", ["SAME_A", "A"], ["sameA", "a"]),
    ("HTTPMethod", ["HTTP_METHOD_GET"], ["get"]),
    ("Kind", ["A_B", "a_b", "NONE"], ["A_B_", "a_b_", "NONE_"]),
    ("Kind", ["KIND_NONE", "KIND_SOME", "KIND_FULL_NAME"], ["none_", "some_", "fullName_"]),
    ("Kind", ["KIND_SELF", "KIND_UNRECOGNIZED"], ["self_", "unrecognized_"]),
  ])
  func `Enum cases lose the enum's name`(name: String, values: [String], cases: [String]) {
    #expect(SwiftNames.cases(of: values, in: name) == cases)
  }

  @Test(arguments: [
    ("Service", "service_"), ("Client", "client_"), ("Register", "register_"), ("Init", "init_"),
    ("GetTTL", "getTTL"), ("RPC", "rpc"),
  ])
  func `Methods leave out the names of a stub's own members`(name: String, swiftName: String) {
    #expect(SwiftNames.method(name) == swiftName)
  }

  @Test(arguments: [
    ("a_b", "aB"), ("_a", "A"), ("CamelName", "CamelName"), ("a__b_", "aB"), ("HTTP_x", "HTTPX"),
  ])
  func `JSON names are protoc's`(name: String, json: String) {
    #expect(SwiftNames.json(name) == json)
  }

  @Test func `Keywords are escaped`() {
    #expect(SwiftNames.escaped("default") == "`default`")
    #expect(SwiftNames.escaped("name") == "name")
  }

  @Test func `C names are protoc-gen-c's`() {
    #expect(CNames.structure("pkg.v1.Outer_name.InnerHTTP") == "Pkg__V1__OuterName__InnerHTTP")
    #expect(
      CNames.initializer("pkg.v1.OuterName.InnerHTTP") == "pkg__v1__outer_name__inner_http__init")
    #expect(CNames.field("UPPER_name", number: 7) == "f7_upper_name")
  }
}
