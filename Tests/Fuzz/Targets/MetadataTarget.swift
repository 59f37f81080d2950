import Wire

@testable import RPC

extension FuzzTarget {
  /// Header blocks of a peer, as calls read them; and metadata as a caller adds it.
  static let metadata = FuzzTarget(name: "metadata", maxLength: 1000) { bytes in
    var input = FuzzInput(bytes)
    let limit = input.choice(300)
    var fields = HeaderFields()
    while !input.isEmpty {
      let name = input.bool() ? input.run() : Array(input.pick(Self.names).utf8)
      fields.append(name, input.run())
    }
    Self.readMetadata(fields)
    Self.readHeads(fields, limit: limit)
    for pair in fields.pairs.prefix(8) { Self.add(pair.name, pair.value) }
  }

  private static let names = [
    ":method", ":path", ":status", "content-type", "grpc-timeout", "grpc-encoding", "grpc-status",
    "grpc-message", "grpc-status-details-bin", "te", "host", "a", "b-bin", "-bin", "user-agent",
  ]

  private static func readMetadata(_ fields: HeaderFields) {
    let metadata = Metadata(received: fields)
    var block = HeaderFields()
    metadata.append(to: &block)
    let size = block.pairs.reduce(0) { $0 + $1.name.count + $1.value.count + 32 }
    check(metadata.size == size, "its size is \(metadata.size), and not \(size)")
    check(metadata.isEmpty == (block.count == 0), "it is empty or not")
    check(Metadata(received: block) == metadata, "it is the same after a round trip")
    check(Metadata(received: block).hashValue == metadata.hashValue, "equals hash equally")
    for name in metadata.names {
      let name8 = Array(name.utf8)
      check(!MetadataName.isReserved(name8.span), "'\(name)' belongs to gRPC or HTTP")
      check(metadata[name] == metadata.values(name).first, "the first is the first")
      let count = block.pairs.count { $0.name == name8 }
      check(metadata.values(name).count == count, "\(count) values of '\(name)'")
      for value in metadata.binaryValues(name) {
        check(value.count <= size, "a value is no larger than what came")
      }
    }
  }

  private static func readHeads(_ fields: HeaderFields, limit: Int) {
    let head = RequestHead(fields)
    check(head.path.upperBound <= fields.bytes.count, "the path lies in the block")
    if let encoding = head.encoding {
      check(encoding.upperBound <= fields.bytes.count, "the encoding lies in the block")
    }
    if case .after(let duration) = head.timeout { check(duration >= .zero, "no time is negative") }
    _ = ResponseStatus.fault(
      inHeaders: fields, httpStatus: ResponseStatus.httpStatus(fields), MessageEncodings([]))
    guard let status = ResponseStatus.parse(trailers: fields, httpStatus: 200) else {
      return check(fields.value("grpc-status") != nil, "no status is not OK")
    }
    check(status.code != .ok, "a failure is not OK")
    // The status goes on to another peer.
    let block = ResponseBlocks.trailers(status, nil, limit: limit)
    let own = block.pairs.prefix { $0.name.starts(with: "grpc-".utf8) && $0.name.count > 11 }
    check(own.reduce(0) { $0 + $1.value.count } <= limit, "a status within its limit")
    let again = ResponseStatus.parse(trailers: block, httpStatus: nil)
    check(again?.code == status.code, "the code goes on")
    check(again?.metadata == status.metadata, "the metadata goes on")
  }

  /// What can be added is there then; nothing else can.
  private static func add(_ name: [UInt8], _ value: [UInt8]) {
    guard let nameText = String(validating: name, as: UTF8.self) else { return }
    var metadata = Metadata()
    let isBinary = name.count > 4 && nameText.hasSuffix("-bin")
    let isName =
      MetadataName.isValid(name) && !MetadataName.isReserved(name.span)
    if let text = String(validating: value, as: UTF8.self) {
      let isAdded = (try? metadata.add(nameText, text)) != nil
      let isValue = value.allSatisfy { (0x20...0x7E).contains($0) }
      check(isAdded == (isName && !isBinary && isValue), "a text is added or not")
      if isAdded {
        let blanks = text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
        check(metadata.values(nameText) == [String(blanks)], "the text is there")
      }
    }
    let isAdded = (try? metadata.addBinary(nameText, value)) != nil
    check(isAdded == (isName && isBinary), "bytes are added or not")
    guard isAdded else { return }
    check(metadata.binaryValues(nameText) == [value], "the bytes are there")
    // As a proxy joins them.
    let encoded = Base64.metadata.encode(value)
    var joined = HeaderFields()
    joined.append(name, encoded + [UInt8(ascii: ",")] + encoded)
    check(Metadata(received: joined).binaryValues(nameText) == [value, value], "both are there")
  }
}
