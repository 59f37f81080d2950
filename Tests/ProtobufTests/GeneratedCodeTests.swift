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
    names._1 = ["a": 1]
    let copy = try Names(serialized: names.serialized())
    #expect(copy.pick == .none_(0))
    #expect(copy.chosen == .none_)
    #expect(copy.pick_1 == .self_(5))
    #expect(copy._1 == ["a": 1])
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

  @Test func `Fields of proto2 have their contract's defaults`() throws {
    var old = Old()
    #expect(old.number == nil)
    #expect(old.numberOrDefault == -7)
    #expect(old.textOrDefault == "a \"quote\", a \\, \\(code)\n")
    #expect(old.bytesOrDefault == [0, 255, 10, 39, 97])
    #expect(old.kindOrDefault == .second)
    #expect(Old.Kind() == .first)
    #expect(old.ratioOrDefault == -.infinity)
    #expect(old.smallOrDefault == 1.5e-3)
    #expect(old.largeOrDefault == .max)
    #expect(old.flagOrDefault)
    #expect(old.wholeOrDefault == 2)
    old.number = 0
    old.flag = false
    let copy = try Old(serialized: old.serialized())
    #expect(copy.numberOrDefault == 0)
    #expect(!copy.flagOrDefault)
  }

  @Test func `Extensions of proto2 are kept as unknown fields`() throws {
    let bytes: [UInt8] = [0x08, 0x05, 0xA2, 0x06, 0x02, 0x68, 0x69]
    let old = try Old(serialized: bytes)
    #expect(old.number == 5)
    #expect(old.serialized() == bytes)
  }

  @Test func `Messages are made of some of their fields`() {
    let leaf = Leaf(number: 3, leaf: Leaf(text: "inner"))
    #expect(
      leaf
        == Leaf.with {
          $0.number = 3
          $0.leaf = .with { $0.text = "inner" }
        })
    #expect(Leaf() == Leaf(number: 0))
    #expect(Names(pick: .some_("x")).pick == .some_("x"))
    #expect(throws: CancellationError.self) { try Leaf.with { _ in throw CancellationError() } }
  }

  @Test func `Types say what they are in the contract`() {
    #expect(Everything.fullName == "testing.v1.Everything")
    #expect(Everything.Nested.Nested.fullName == "testing.v1.Everything.Nested.Nested")
    #expect(Imported.Kind.fullName == "testing.other.v1.Imported.Kind")
    #expect(EchoMethods.`default`.path == "/testing.v1.Echo/Default")
  }
}
