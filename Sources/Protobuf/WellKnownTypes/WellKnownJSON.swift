/// A message whose JSON is not an object of its fields. In an `Any` it is the member `value`.
protocol WellKnownJSON: Message {}

extension AnyMessage: WellKnownJSON {}
extension Timestamp: WellKnownJSON {}
extension Duration_: WellKnownJSON {}
extension FieldMask: WellKnownJSON {}
extension Struct: WellKnownJSON {}
extension Value: WellKnownJSON {}
extension ListValue: WellKnownJSON {}
extension DoubleValue: WellKnownJSON {}
extension FloatValue: WellKnownJSON {}
extension Int64Value: WellKnownJSON {}
extension UInt64Value: WellKnownJSON {}
extension Int32Value: WellKnownJSON {}
extension UInt32Value: WellKnownJSON {}
extension BoolValue: WellKnownJSON {}
extension StringValue: WellKnownJSON {}
extension BytesValue: WellKnownJSON {}
