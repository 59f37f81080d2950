"""Random values for every field of a message, by its descriptor."""

import math
import struct

from google.protobuf import descriptor

F = descriptor.FieldDescriptor

TEXTS = ["", "a", "naïve", "日本語", "🎈🎈", "\0", "a\0b", "quote \" and \\", "\u2028\x7f\x01\n",
         "x" * 300]
# Python writes the largest float as JSON that it then refuses to read: this list has the next
# smaller one.
FLOATS = [0.0, -0.0, 1.5, -1.5, math.inf, -math.inf, math.nan, 1e-45, 3.4028230607370965e38, 0.1]
DOUBLES = FLOATS + [5e-324, 1.7976931348623157e308, 1e21, 1e-7, 123456789012345680.0]
INTEGERS = {
    32: [0, 1, -1, 127, 128, 2**31 - 1, -(2**31)],
    64: [0, 1, -1, 300, 2**63 - 1, -(2**63), 2**53 + 1],
}
UNSIGNED = {32: [0, 1, 127, 2**31, 2**32 - 1], 64: [0, 1, 2**63, 2**64 - 1]}


def one_nan(number):
    """JSON has one NaN, without sign and payload."""
    return math.nan if math.isnan(number) else number


class RandomMessages:
    def __init__(self, random, depth=3, density=0.15):
        self._random = random
        self._depth = depth
        self._density = density

    def fill(self, message, depth=None):
        depth = self._depth if depth is None else depth
        name = message.DESCRIPTOR.full_name
        special = getattr(self, "_fill_" + name.removeprefix("google.protobuf.").lower(), None)
        if name.startswith("google.protobuf.") and special:
            special(message, depth)
            return message
        density = 1 if len(message.DESCRIPTOR.fields) < 6 else self._density
        for field in message.DESCRIPTOR.fields:
            if self._random.random() < density:
                self._fill_field(message, field, depth)
        return message

    def _fill_field(self, message, field, depth):
        if field.message_type and depth <= 0:
            return
        if field.message_type and field.message_type.GetOptions().map_entry:
            key, value = field.message_type.fields
            entries = getattr(message, field.name)
            for _ in range(self._random.randrange(3)):
                if value.message_type:
                    self.fill(entries[self.scalar(key)], depth - 1)
                else:
                    entries[self.scalar(key)] = self.scalar(value)
        elif field.is_repeated:
            values = getattr(message, field.name)
            for _ in range(self._random.randrange(4)):
                if field.message_type:
                    self.fill(values.add(), depth - 1)
                else:
                    values.append(self.scalar(field))
        elif field.message_type:
            submessage = getattr(message, field.name)
            submessage.SetInParent()
            self.fill(submessage, depth - 1)
        else:
            setattr(message, field.name, self.scalar(field))

    def scalar(self, field):
        random = self._random
        if field.type == F.TYPE_DOUBLE:
            anything = one_nan(struct.unpack("<d", random.randbytes(8))[0])
            return random.choice([*DOUBLES, anything, random.uniform(-1e6, 1e6)])
        if field.type == F.TYPE_FLOAT:
            anything = one_nan(struct.unpack("<f", random.randbytes(4))[0])
            return random.choice([*FLOATS, anything])
        if field.type == F.TYPE_BOOL:
            return random.random() < 0.5
        if field.type == F.TYPE_STRING:
            return random.choice(TEXTS)
        if field.type == F.TYPE_BYTES:
            return random.choice([b"", b"\0", b"\xff\xfe", random.randbytes(random.randrange(40))])
        if field.type == F.TYPE_ENUM:
            if field.enum_type.name == "NullValue":
                return 0
            numbers = [value.number for value in field.enum_type.values]
            return random.choice([*numbers, 17, -17])
        bits = 64 if "64" in F_NAMES[field.type] else 32
        if F_NAMES[field.type].startswith(("UINT", "FIXED")):
            return random.choice([*UNSIGNED[bits], random.getrandbits(bits)])
        return random.choice([*INTEGERS[bits], random.getrandbits(bits) - 2 ** (bits - 1)])

    # Well-known types: only values that have a JSON form.

    def _fill_timestamp(self, message, depth):
        message.seconds = self._random.choice([-62135596800, 253402300799, 0, -1, 951782400,
                                               1700000000])
        message.nanos = self._random.choice([0, 1, 1000, 120000000, 999999999])

    def _fill_duration(self, message, depth):
        sign = self._random.choice([-1, 1])
        message.seconds = sign * self._random.choice([0, 1, 59, 315576000000 - 1])
        message.nanos = sign * self._random.choice([0, 1, 1000, 120000000, 999999999])

    def _fill_fieldmask(self, message, depth):
        message.paths.extend(self._random.sample(["a", "foo_bar", "a.b_c.d", "one_two_three"], 2))

    def _fill_struct(self, message, depth):
        for key in self._random.sample(TEXTS, 2):
            self._fill_value(message.fields[key], depth - 1)

    def _fill_listvalue(self, message, depth):
        for _ in range(self._random.randrange(3)):
            self._fill_value(message.values.add(), depth - 1)

    def _fill_value(self, message, depth):
        kind = self._random.randrange(6 if depth > 0 else 4)
        if kind == 0:
            message.null_value = 0
        elif kind == 1:
            message.number_value = self._random.choice([0.0, -0.0, 1.5, 1e300, -7])
        elif kind == 2:
            message.string_value = self._random.choice(TEXTS)
        elif kind == 3:
            message.bool_value = self._random.random() < 0.5
        elif kind == 4:
            message.struct_value.SetInParent()
            self._fill_struct(message.struct_value, depth - 1)
        else:
            message.list_value.SetInParent()
            self._fill_listvalue(message.list_value, depth - 1)

    def _fill_any(self, message, depth):
        from google.protobuf import duration_pb2, empty_pb2, struct_pb2, wrappers_pb2

        kinds = [duration_pb2.Duration, empty_pb2.Empty, struct_pb2.Value, wrappers_pb2.StringValue]
        if self._random.random() < 0.2:
            return
        held = self._random.choice(kinds)()
        self.fill(held, 0)  # no maps: the bytes held have them in any order
        message.Pack(held)

    def _fill_empty(self, message, depth):
        pass


F_NAMES = {
    number: name.removeprefix("TYPE_") for name, number in vars(F).items()
    if name.startswith("TYPE_")
}
