import Protobuf
import Testing

@Suite("The wire form", .timeLimit(.minutes(2)))
struct BinaryTests {
  @Test func `A message comes back as it was`() throws {
    var field = FieldDescriptorProto()
    field.name = "naïve\0 name"
    field.number = -1
    field.type = .int32
    field.options = FieldOptions()
    field.options?.packed = false
    var message = DescriptorProto()
    message.field = [field, FieldDescriptorProto()]
    message.reservedName = ["", "a"]
    #expect(try DescriptorProto(serialized: message.serialized()) == message)
  }

  @Test func `An empty message has no bytes`() throws {
    #expect(Timestamp().serialized() == [])
    #expect(try Timestamp(serialized: []) == Timestamp())
    #expect(Empty().serialized(reservingPrefix: 5) == [0, 0, 0, 0, 0])
  }

  @Test func `Room before the message is kept`() throws {
    let bytes = StringValue("ab").serialized(reservingPrefix: 5)
    #expect(bytes == [0, 0, 0, 0, 0, 0x0a, 2, 0x61, 0x62])
    #expect(StringValue("ab").serializedSize == 4)
  }
}
