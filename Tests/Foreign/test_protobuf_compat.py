"""The Swift protobuf runtime against Google's own, both ways, on messages with every kind of field."""

import difflib
import random

import pytest
from google.protobuf import json_format
from google.protobuf.message import DecodeError

from support.echo import Echo, Refused, everything_module
from support.random_messages import RandomMessages

ROUNDS = 2000
SEED = 20260711


@pytest.fixture(scope="module")
def proto(tmp_path_factory):
    return everything_module(tmp_path_factory.mktemp("stubs"))


@pytest.fixture(scope="module")
def echo():
    one = Echo()
    yield one
    one.close()


def difference(one, other) -> str:
    """Where two messages that should be the same differ, as text."""
    lines = difflib.unified_diff(str(one).splitlines(), str(other).splitlines(), lineterm="", n=4)
    return "\n".join(lines)


def assert_same(one, other):
    if canonical(one) != canonical(other):
        pytest.fail(difference(one, other) or "the bytes differ")


def canonical(message) -> bytes:
    return message.SerializeToString(deterministic=True)


def random_everything(proto, count, seed=SEED):
    for round in range(count):
        generator = RandomMessages(random.Random(seed + round))
        yield generator.fill(proto.Everything())


class TestRandomMessages:
    def test_binary_to_binary(self, proto, echo):
        for message in random_everything(proto, ROUNDS):
            answer = echo.recode("bb", message.SerializeToString())
            assert_same(proto.Everything.FromString(answer), message)

    def test_swift_writes_the_bytes_that_google_writes(self, proto, echo):
        """Fields in ascending order, maps sorted: the same bytes but for the order of oneofs."""
        for message in random_everything(proto, ROUNDS // 4, seed=7):
            assert len(echo.recode("bb", message.SerializeToString())) == message.ByteSize()

    def test_binary_to_json(self, proto, echo):
        for message in random_everything(proto, ROUNDS, seed=SEED + ROUNDS):
            text = echo.recode("bj", message.SerializeToString()).decode()
            assert_same(json_format.Parse(text, proto.Everything()), message)

    def test_json_to_binary(self, proto, echo):
        for index, message in enumerate(random_everything(proto, ROUNDS, seed=SEED + 2 * ROUNDS)):
            text = json_format.MessageToJson(
                message,
                preserving_proto_field_name=index % 2 == 0,
                use_integers_for_enums=index % 3 == 0,
                always_print_fields_with_no_presence=index % 5 == 0,
                ensure_ascii=index % 7 == 0)
            answer = echo.recode("jb", text.encode())
            expected = json_format.Parse(text, proto.Everything())
            assert_same(proto.Everything.FromString(answer), expected)


def varint(number: int) -> bytes:
    encoded = bytearray()
    while number >= 0x80:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*encoded, number])


def tag(number: int, wire_type: int) -> bytes:
    return varint(number << 3 | wire_type)


def field(number: int, content: bytes) -> bytes:
    return tag(number, 2) + varint(len(content)) + content


def nested(depth: int, number: int = 20) -> bytes:
    content = b""
    for _ in range(depth):
        content = field(number, content)
    return content


def group(number: int, content: bytes = b"") -> bytes:
    return tag(number, 3) + content + tag(number, 4)


def nested_groups(depth: int) -> bytes:
    content = b""
    for _ in range(depth):
        content = group(900, content)
    return content


UNKNOWN = 900
LEAF = 18
WIRE = {
    "empty": b"",
    "unknown varint": tag(UNKNOWN, 0) + b"\x96\x01",
    "unknown fixed64": tag(UNKNOWN, 1) + b"12345678",
    "unknown bytes": field(UNKNOWN, b"\xff\0"),
    "unknown fixed32": tag(UNKNOWN, 5) + b"1234",
    "unknown fields between known ones": tag(3, 0) + b"\1" + field(UNKNOWN, b"a") + tag(4, 0) + b"\2",
    "unknown fields in a submessage": field(LEAF, tag(1, 0) + b"\1" + field(UNKNOWN, b"a")),
    "unknown fields in merged submessages": field(LEAF, field(77, b"a")) + field(LEAF, field(78, b"b")),
    "unknown fields in a repeated submessage": field(87, field(77, b"a")),
    "unknown field of a number that protoc reserves": field(19999, b"abc") + tag(19999, 0) + b"\5",
    "the carrier's number with an inner field": field(19999, field(1, b"a")),
    "the greatest field number unknown in a submessage": field(LEAF, tag(536870911, 0) + b"\1"),
    "field number 0": b"\0\0",
    "field number 0 in bytes": tag(0, 2) + b"\0",
    "field number 2^29": tag(1 << 29, 0) + b"\0",
    "wire type 6": b"\x0e\0",
    "wire type 7": b"\x0f\0",
    "a group": group(UNKNOWN, tag(1, 0) + b"\1"),
    "an empty group": group(UNKNOWN),
    "groups in groups": nested_groups(50),
    "a group in a submessage": field(LEAF, group(UNKNOWN, field(1, b"abc"))),
    "a group of a known number": group(18),
    "a group of a known scalar's number": tag(3, 0) + b"\1" + group(3) + tag(3, 0) + b"\2",
    "a group without end": tag(UNKNOWN, 3),
    "a group with another end": tag(UNKNOWN, 3) + tag(UNKNOWN + 1, 4),
    "an end of no group": tag(UNKNOWN, 4),
    "an end of no group in a submessage": field(LEAF, tag(1, 4)),
    "groups at the limit": nested_groups(100),
    "groups over the limit": nested_groups(101),
    "messages at the limit": nested(100),
    "messages over the limit": nested(101),
    "far too many messages": nested(20000),
    "messages over the limit in an unknown field": field(UNKNOWN, nested(200)),
    "groups over the limit in messages": field(20, field(20, nested_groups(99))),
    "groups at the limit in messages": field(20, field(20, nested_groups(98))),
    "another wire type: varint for bytes": tag(14, 0) + b"\1",
    "another wire type: bytes for varint": field(3, b"\1"),
    "another wire type: fixed32 for varint": tag(3, 5) + b"1234",
    "another wire type: varint for a message": tag(LEAF, 0) + b"\1",
    "another wire type: varint for fixed64": tag(10, 0) + b"\1",
    "another wire type: bytes for bool": field(13, b"\1"),
    "another wire type in a oneof": tag(154, 0) + b"\1" + field(154, b"ab"),
    "another wire type of repeated": tag(73, 5) + b"1234" + tag(73, 0) + b"\1",
    "another wire type in a map entry": field(121, field(1, b"a") + tag(2, 0) + b"\3"),
    "packed": field(73, b"\1\2\xff\xff\xff\xff\xff\xff\xff\xff\xff\1"),
    "unpacked": (tag(73, 0) + b"\1") * 3,
    "packed and unpacked": field(73, b"\1\2") + tag(73, 0) + b"\3" + field(73, b"") + field(73, b"\4"),
    "packed into a field that is sent unpacked": field(103, b"\1\2"),
    "packed bools with long varints": field(83, b"\x80\1\0\x80\0\1"),
    "packed doubles": field(71, b"12345678" * 3),
    "packed doubles cut": field(71, b"12345678" * 3 + b"1"),
    "packed floats cut": field(72, b"12345"),
    "packed varints cut": field(73, b"\1\x80"),
    "packed varint too long": field(74, b"\x80" * 10 + b"\1"),
    "packed strings do not exist": field(84, b"\1\2"),
    "packed enums": field(86, b"\1\xff\xff\xff\xff\xff\xff\xff\xff\xff\1\7"),
    "a scalar twice": tag(3, 0) + b"\1" + tag(3, 0) + b"\2",
    "a scalar twice, reset": tag(3, 0) + b"\1" + tag(3, 0) + b"\0",
    "a string twice": field(14, b"first") + field(14, b""),
    "submessages merge": field(LEAF, tag(1, 0) + b"\1" + tag(3, 0) + b"\7")
    + field(LEAF, field(2, b"text") + tag(3, 0) + b"\x08"),
    "submessages merge deeply": field(LEAF, field(4, field(4, tag(1, 0) + b"\1")))
    + field(LEAF, field(4, field(4, field(2, b"b")) + tag(1, 0) + b"\2")),
    "an empty submessage merges": field(LEAF, tag(1, 0) + b"\1") + field(LEAF, b""),
    "a submessage merges with defaults": field(LEAF, tag(1, 0) + b"\1") + field(LEAF, tag(1, 0) + b"\0"),
    "repeated submessages do not merge": field(87, tag(1, 0) + b"\1") + field(87, field(2, b"a")),
    "submessages of a oneof merge": field(167, tag(1, 0) + b"\1") + field(167, field(2, b"t")),
    "a oneof changes its mind": field(167, tag(1, 0) + b"\1") + tag(153, 0) + b"\5",
    "a oneof changes its mind twice": field(167, tag(1, 0) + b"\1")
    + tag(153, 0) + b"\5" + field(167, field(2, b"t")),
    "a oneof's messages alternate": field(167, tag(1, 0) + b"\1") + field(168, tag(3, 0) + b"\1")
    + field(167, field(2, b"t")) + field(168, tag(4, 0) + b"\1"),
    "a oneof of wide and narrow": tag(152, 5) + b"1234" + tag(154, 0) + b"\xff\1" + tag(163, 0) + b"\1",
    "a oneof's empty values": field(164, b"a") + field(165, b""),
    "a oneof's zero": tag(153, 0) + b"\0",
    "a map entry without key": field(121, tag(2, 0) + b"\3"),
    "a map entry without value": field(121, tag(1, 0) + b"\3"),
    "an empty map entry": field(121, b""),
    "a map entry to a message, without value": field(137, field(1, b"a")),
    "a map entry with an unknown field": field(121, tag(3, 0) + b"\4" + tag(2, 0) + b"\3"),
    "a map entry with an unknown field, of messages": field(137, field(9, b"x") + field(1, b"k")
                                                            + field(2, field(14, b"z") + group(5))),
    "a map entry with unknown fields in its value": field(137, field(1, b"k") + field(2, field(14, b"z"))),
    "a map's key twice": field(121, tag(1, 0) + b"\1" + tag(2, 0) + b"\1")
    + field(121, tag(1, 0) + b"\1" + tag(2, 0) + b"\2"),
    "a map's key twice in one entry": field(121, tag(1, 0) + b"\1" + tag(1, 0) + b"\2" + tag(2, 0) + b"\1"),
    "a map entry, value first": field(121, tag(2, 0) + b"\1" + tag(1, 0) + b"\2"),
    "a map's value in two parts": field(137, field(1, b"k") + field(2, tag(1, 0) + b"\1")
                                        + field(2, field(2, b"t"))),
    "a map's messages with the same key do not merge": field(137, field(1, b"k") + field(2, tag(1, 0) + b"\1"))
    + field(137, field(1, b"k") + field(2, field(2, b"t"))),
    "NUL in a string": field(14, b"\0") + field(84, b"a\0b") + field(84, b"\0\0"),
    "invalid UTF-8: lone continuation": field(14, b"a\x80"),
    "invalid UTF-8: overlong": field(14, b"\xc0\x80"),
    "invalid UTF-8: overlong of three": field(14, b"\xe0\x9f\xbf"),
    "invalid UTF-8: surrogate": field(14, b"\xed\xa0\x80"),
    "invalid UTF-8: above U+10FFFF": field(14, b"\xf4\x90\x80\x80"),
    "invalid UTF-8: cut": field(14, b"abcdefgh\xe2\x82"),
    "invalid UTF-8 in a repeated field": field(84, b"ok") + field(84, b"\xff"),
    "invalid UTF-8 in a oneof": field(164, b"\xff"),
    "invalid UTF-8 in a submessage": field(LEAF, field(2, b"\xff")),
    "invalid UTF-8 in a map's key": field(132, field(1, b"\xff")),
    "invalid UTF-8 that is overwritten": field(14, b"\xff") + field(14, b"a"),
    "invalid UTF-8 in bytes": field(15, b"\xff"),
    "invalid UTF-8 in an unknown field": field(UNKNOWN, b"\xff"),
    "the limits of UTF-8": field(14, "\u007f\u0080\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff".encode()),
    "negative zero": tag(1, 1) + b"\0\0\0\0\0\0\0\x80" + tag(2, 5) + b"\0\0\0\x80",
    "NaN with payload": tag(1, 1) + b"\1\0\0\0\0\0\xf8\x7f" + tag(2, 5) + b"\1\0\xc0\x7f",
    "int32 of 64 bits": tag(3, 0) + b"\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
    "int32 of 5 bytes": tag(3, 0) + b"\xff\xff\xff\xff\x0f",
    "uint32 of 64 bits": tag(5, 0) + b"\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
    "sint32 of 64 bits": tag(7, 0) + b"\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
    "enum of 64 bits": tag(16, 0) + b"\x81\x80\x80\x80\x80\x80\x80\x80\x01",
    "bool of 64 bits": tag(13, 0) + b"\x80\x80\x80\x80\x80\x80\x80\x80\x01",
    "bool of 2": tag(13, 0) + b"\2",
    "varint of 10 bytes": tag(4, 0) + b"\xff" * 9 + b"\1",
    "varint of 10 bytes, more than 64 bits": tag(4, 0) + b"\xff" * 9 + b"\2",
    "varint of 10 bytes, 0x7f last": tag(4, 0) + b"\xff" * 9 + b"\x7f",
    "varint of 11 bytes": tag(4, 0) + b"\x80" * 10 + b"\1",
    "varint that is padded": tag(4, 0) + b"\x81\x80\x80\0",
    "unknown varint of 10 bytes, 0x7f last": tag(UNKNOWN, 0) + b"\xff" * 9 + b"\x7f",
    "unknown varint of 11 bytes": tag(UNKNOWN, 0) + b"\x80" * 10 + b"\1",
    "unknown varint that is padded": tag(UNKNOWN, 0) + b"\x81\x80\x80\0",
    "tag that is padded": b"\x98\x80\0\1",
    "tag of 5 bytes": b"\x98\x80\x80\x80\0\1",
    "tag of 6 bytes": b"\x98\x80\x80\x80\x80\0\1",
    "tag of more than 32 bits": b"\x98\x80\x80\x80\x10\1",
    "length that is padded": tag(14, 2) + b"\x81\x80\0a",
    "length of 5 bytes": tag(14, 2) + b"\x81\x80\x80\x80\0a",
    "length of 6 bytes": tag(14, 2) + b"\x81\x80\x80\x80\x80\0a",
    "length of 10 bytes": tag(14, 2) + b"\x81" + b"\x80" * 8 + b"\0a",
    "length of 2 GiB": tag(14, 2) + b"\xff\xff\xff\xff\x07",
    "length of 4 GiB": tag(14, 2) + b"\xff\xff\xff\xff\x0f",
    "negative length": tag(14, 2) + b"\xff" * 9 + b"\1",
    "length past the end": tag(14, 2) + b"\5abcd",
    "length past the submessage": tag(LEAF, 2) + b"\2" + tag(2, 2) + b"\1" + b"a",
    "tag without value": tag(3, 0),
    "fixed64 cut": tag(1, 1) + b"1234567",
    "fixed32 cut": tag(2, 5) + b"123",
}


class TestWireByHand:
    """What one side takes the other takes, and makes the same of it."""

    @staticmethod
    def agree(proto, echo, wire):
        try:
            expected = proto.Everything.FromString(wire)
        except DecodeError:
            expected = None
        try:
            answer = echo.recode("bb", wire)
        except Refused as refused:
            assert expected is None, f"only Swift refuses it: {refused}"
            return
        assert expected is not None, "only Google refuses it"
        assert_same(proto.Everything.FromString(answer), expected)

    @pytest.mark.parametrize("name", WIRE)
    def test_by_hand(self, proto, echo, name):
        self.agree(proto, echo, WIRE[name])

    @pytest.mark.parametrize("name", WIRE)
    def test_by_hand_in_a_submessage_that_comes_twice(self, proto, echo, name):
        if "limit" not in name and "too many" not in name:
            self.agree(proto, echo, field(20, WIRE[name]) + field(20, tag(4, 0) + b"\1"))

    def test_every_truncation(self, proto, echo):
        message = RandomMessages(random.Random(1), depth=2).fill(proto.Everything())
        wire = message.SerializeToString()
        for length in range(0, len(wire), max(1, len(wire) // 3000)):
            self.agree(proto, echo, wire[:length])

    def test_random_mutations(self, proto, echo):
        source = random.Random(SEED)
        messages = [m.SerializeToString() for m in random_everything(proto, 200, seed=3)]
        messages = [m for m in messages if m] + list(WIRE.values())
        for _ in range(4 * ROUNDS):
            wire = bytearray(source.choice(messages)[:2000])
            for _ in range(source.randrange(1, 4)):
                position = source.randrange(len(wire) + 1)
                kind = source.randrange(4)
                if kind == 0:
                    wire[position:position + 1] = source.randbytes(1)
                elif kind == 1:
                    wire[position:position] = source.choice(messages)[:40]
                elif kind == 2:
                    del wire[position:position + source.randrange(1, 8)]
                elif wire:
                    wire[min(position, len(wire) - 1)] ^= 1 << source.randrange(8)
            self.agree(proto, echo, bytes(wire))
