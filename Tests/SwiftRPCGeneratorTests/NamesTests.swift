import Testing

@testable import SwiftRPCGenerator

@Suite("Names", .timeLimit(.minutes(2)))
struct NamesTests {
  @Test(arguments: [
    ("component_id", "componentId"), ("a", "a"), ("Camel_Name", "camelName"),
    ("with__two", "withTwo"),
    ("_leading", "leading"), ("digit_1", "digit1"), ("unknown_fields", "unknownFields_"),
    ("self", "self_"),
    ("description", "description"), ("_", "underscore"), ("__", "underscore"),
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
    ("Kind", ["KIND_SELF", "KIND_UNRECOGNIZED"], ["self_", "unrecognized_"]),
  ])
  func `Enum cases lose the enum's name`(name: String, values: [String], cases: [String]) {
    #expect(SwiftNames.cases(of: values, in: name) == cases)
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
