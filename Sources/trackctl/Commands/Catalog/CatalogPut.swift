import Protobuf
import RPC
import TrackMessages

extension Command {
  static let catalogPut = Command(
    CommandSpec(
      path: ["catalog", "put"], summary: "Create a resource of the catalog, or change it.",
      details: """
        Flags change the fields that they name and leave the rest; an empty value ('') clears a
        field that may be empty. Concurrent changes of others are not lost. A --gitops-url of
        another repository uses that repository's HEAD, unless --gitops-branch names a branch.

        --file replaces the whole resource: fields that the file does not have are empty afterwards.
        With an etag from trackctl catalog get in the file, only that state is replaced.
        """,
      operands: [CatalogKind.operand, CatalogKind.id],
      flags: CatalogFlags.all + CommonFlags.mutation,
      examples: [
        ("trackctl catalog put organization acme --tier paid", "who projects belong to"),
        (
          "trackctl catalog put environment dev --project shop --gitops-url https://git.example/ops",
          "a place to deploy into"
        ),
        (
          "trackctl catalog put pipeline main --project shop --environment dev --environment prod",
          "the order of places"
        ),
        (
          "trackctl catalog put component cart --project shop --type service --pipeline main",
          "something to deploy"
        ),
        ("trackctl catalog put component cart --auto-build off", "changes this, and nothing else"),
      ])
  ) { arguments, session in
    let kind = CatalogKind(rawValue: arguments.operands[0]) ?? .organization
    try check(arguments, kind)
    try await put(kind.type, arguments, session)
    return .success
  }

  /// Refuses flags of other kinds, and any of them beside a file.
  private static func check(_ arguments: Arguments, _ kind: CatalogKind) throws(UsageError) {
    let usable =
      arguments.has(CatalogFlags.file) ? [CatalogFlags.file] : CatalogFlags.flags(of: kind)
    for flag in CatalogFlags.all where arguments.has(flag) {
      guard usable.contains(where: { $0.name == flag.name }) else {
        let other = arguments.has(CatalogFlags.file) ? "--file says it all" : "no \(kind) has that"
        throw arguments.usage("--\(flag.name): \(other)")
      }
    }
  }

  private static func put<Resource: CatalogResource>(
    _ type: Resource.Type, _ arguments: Arguments, _ session: Session
  ) async throws {
    let change = CatalogChange<Resource>(arguments: arguments)
    if let file = arguments.text(CatalogFlags.file) {
      let resource = try change.resource(inFile: file)
      let response = try await session.connected { api in
        try await resource.put(arguments, api)
      }
      try session.output.show(response, change.deed("create or replace", Resource(response)))
      return
    }
    let (response, verb) = try await session.connected { try await change.make($0) }
    try session.output.show(response, change.deed(verb, Resource(response)))
  }
}

/// A change of a catalog resource, or its creation.
private struct CatalogChange<Resource: CatalogResource> {
  /// How often a change is repeated because another client was faster.
  private let maximumAttempts = 10
  let arguments: Arguments

  private var id: String { arguments.operands[1] }

  /// Reads the resource, changes the fields that the flags name, and puts it if it has not changed
  /// since.
  func make(_ api: API) async throws -> (Resource.PutResponse, verb: String) {
    var attempt = 0
    while true {
      attempt += 1
      let former = try await current(api)
      var changed = former ?? .new(id)
      try changed.apply(arguments)
      // The server sees no second put, so that a repeated command cannot reuse its --request-id.
      if let former, former == changed { return (former.response, "change nothing of") }
      do {
        let response = try await changed.put(arguments, api)
        return (response, former == nil ? "create" : "change")
      } catch let error as RPCError
        where error.isOfAnOldState && attempt < maximumAttempts
      {
        try await Task.sleep(for: .milliseconds(Int.random(in: 1...(20 * attempt))))
      }
    }
  }

  private func current(_ api: API) async throws -> Resource? {
    do {
      return Resource(try await Resource.get(id, api))
    } catch let error as RPCError where error.code == .notFound {
      return nil
    }
  }

  /// The whole resource, bare or as `catalog get -o json` writes it.
  func resource(inFile file: String) throws -> Resource {
    var resource: Resource = try TextFile.message(file, arguments, within: Resource.kind.field)
    guard resource.id.isEmpty || resource.id == id else {
      throw arguments.usage("the file is about '\(resource.id)', not about '\(id)'")
    }
    resource.id = id
    return resource
  }

  func deed(_ verb: String, _ resource: Resource) -> Deed {
    Deed("\(verb) \(Resource.kind) \(id)", details: resource.fields.text)
  }
}

extension CatalogResource {
  /// A resource that does not exist yet: its etag is two quotes.
  fileprivate static func new(_ id: String) -> Self {
    var resource = Self()
    resource.id = id
    resource.etag = "\"\""
    return resource
  }
}

extension RPCError {
  /// The resource has changed since it was read.
  fileprivate var isOfAnOldState: Bool {
    code == .aborted && detail(ErrorInfo.self)?.reason == "ETAG_MISMATCH"
  }
}
