import Protobuf
import RPC
import TestMessages
import Testing

@Suite("Generated messages", .timeLimit(.minutes(2)))
struct GeneratedCodeTests {
  @Test func `Enums are open`() {
    #expect(Color(rawValue: 1) == .red)
    #expect(Color(rawValue: 5) == .unrecognized(5))
    #expect(Color.unrecognized(5).rawValue == 5)
    #expect(Color.unrecognized(5).name == nil)
    #expect(Color(name: "COLOR_LEAST")?.rawValue == .min)
    #expect(Color(name: "RED") == nil)
    #expect(Color() == .unspecified)
    #expect(Aliased.first == .one)
    #expect(Aliased(name: "ALIASED_FIRST") == .one)
    #expect(Aliased.allCases == [.unspecified, .one, .default, .self_])
    #expect(Everything.Nested.Kind(rawValue: 1) == .namedOtherwise)
  }

  @Test func `Values are values`() {
    var parent = Everything()
    parent.oneEverything = Everything()
    var copy = parent
    copy.oneEverything?.oneInt32 = 5
    #expect(parent.oneEverything?.oneInt32 == 0)
    #expect(copy.oneEverything?.oneInt32 == 5)
    #expect(copy != parent)
    parent.oneEverything?.oneInt32 = 5
    #expect(copy == parent)
    #expect(copy.hashValue == parent.hashValue)
  }

  @Test func `Names that are Swift's own can be used`() throws {
    var everything = Everything()
    everything.self_ = 1
    everything.`init` = 2
    everything.`class` = 3
    everything.`default` = 4
    everything.description = 5
    everything.unknownFields_ = 6
    everything.hashValue_ = 7
    everything.structure = 8
    everything.far536870911 = 9
    #expect(try Everything(serialized: everything.serialized()) == everything)
    #expect(try Everything(jsonString: everything.jsonString()) == everything)
  }

  @Test func `Oneof cases and values of enums are not those of Optional`() throws {
    var names = Names()
    names.pick = .none_(0)
    names.chosen = .none_
    names.pick_1 = .self_(5)
    let copy = try Names(serialized: names.serialized())
    #expect(copy.pick == .none_(0))
    #expect(copy.chosen == .none_)
    #expect(copy.pick_1 == .self_(5))
    names.pick = .some_("x")
    #expect(try Names(jsonString: names.jsonString()).pick == .some_("x"))
  }

  @Test func `A JSON name is text, whatever is in it`() throws {
    var names = Names()
    names.read0 = 7
    names.writer = 8
    names.reader = 9
    let json = try names.jsonString()
    #expect(json == #"{"a\"b\\(c)\n":7,"writer":9,"w":8}"#)
    #expect(try Names(jsonString: json) == names)
  }

  @Test func `Types say what they are in the contract`() {
    #expect(Everything.fullName == "testing.v1.Everything")
    #expect(Everything.Nested.Nested.fullName == "testing.v1.Everything.Nested.Nested")
    #expect(Imported.Kind.fullName == "testing.other.v1.Imported.Kind")
    #expect(EchoMethods.`default`.path == "/testing.v1.Echo/Default")
  }
}
