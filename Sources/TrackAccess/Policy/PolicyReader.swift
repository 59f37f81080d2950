import TrackDomain
import YAML

extension Policy {
  /// Reads a policy, and checks all of it. Takes milliseconds for a large one: not on an event loop.
  ///
  /// - Parameter bytes: YAML, in UTF-8.
  public init(yaml bytes: [UInt8]) throws(PolicyError) {
    let read: (root: YAMLNode, problems: [YAMLTreeBuilder.Problem])
    do {
      // Ten thousand bindings.
      var limits = YAMLLimits()
      limits.nodes = 200_000
      limits.textBytes = 4 << 20
      read = try YAMLTreeBuilder.read(bytes, limits: limits)
    } catch {
      throw PolicyError(problems: [PolicyProblem(path: "", error)])
    }
    var reader = PolicyReader()
    reader.problems = read.problems.map { PolicyProblem(path: $0.path, $0.error) }
    let policy = reader.policy(read.root)
    guard reader.problems.isEmpty else {
      throw PolicyError(
        problems: reader.problems.sorted { ($0.line, $0.column) < ($1.line, $1.column) })
    }
    self = policy
  }
}

extension PolicyProblem {
  init(path: String, _ error: YAMLError) {
    self.init(
      path: path, line: error.position.line, column: error.position.column,
      message: error.message)
  }
}

/// Reads the tree of a policy; goes on behind each problem.
struct PolicyReader {
  /// Further ones are not reported.
  private static let maximumProblems = 100

  var problems: [PolicyProblem] = []

  mutating func report(_ path: String, _ position: YAMLPosition, _ message: String) {
    guard problems.count < Self.maximumProblems else { return }
    problems.append(
      PolicyProblem(path: path, line: position.line, column: position.column, message: message))
  }

  mutating func policy(_ root: YAMLNode) -> Policy {
    var policy = Policy()
    guard let entries = mapping("", root, keys: ["roles", "bindings", "may_act_for_others"]) else {
      return policy
    }
    for key in ["roles", "bindings"] where !entries.contains(where: { $0.key == key }) {
      report("", root.start, "must have \(key)")
    }
    for entry in entries where entry.key == "roles" { policy.roles = roles(entry.value) }
    for entry in entries {
      switch entry.key {
      case "bindings": policy.bindings = bindings(entry.value, policy.roles)
      case "may_act_for_others":
        let path = "may_act_for_others"
        if let own = mapping(path, entry.value, keys: Self.subjectKeys) {
          policy.actingForOthers = subjects(path, own, entry.value.start)
        }
      default: break
      }
    }
    return policy
  }

  // MARK: Roles

  private mutating func roles(_ node: YAMLNode) -> [String: VerbSet] {
    var roles: [String: VerbSet] = [:]
    guard let entries = mapping("roles", node, keys: nil) else { return roles }
    if entries.isEmpty { report("roles", node.start, "must not be empty") }
    for entry in entries {
      let path = "roles.\(entry.key)"
      if !Self.isName(entry.key) {
        report(
          path, entry.keyStart,
          "must be a name of at most 63 characters: letters, digits, '-', '_', '.'")
      }
      var verbs: VerbSet = []
      for (index, (text, position)) in texts(path, entry.value).enumerated() {
        let itemPath = "\(path)[\(index)]"
        guard let verb = Verb(rawValue: text) else {
          let known = Verb.allCases.map(\.rawValue).joined(separator: ", ")
          report(itemPath, position, "must be one of \(known)")
          continue
        }
        if verbs.contains(verb) { report(itemPath, position, "must not repeat \(text)") }
        verbs.insert(VerbSet(verb))
      }
      roles[entry.key] = verbs
    }
    return roles
  }

  private static func isName(_ text: String) -> Bool {
    (1...63).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
          UInt8(ascii: "."):
          true
        default: false
        }
      }
  }

  // MARK: Bindings

  private static let subjectKeys: Set<String> = ["principals", "groups"]

  private mutating func bindings(
    _ node: YAMLNode, _ roles: [String: VerbSet]
  ) -> [Policy.Binding] {
    guard let elements = node.elements else {
      report("bindings", node.start, "must be a list")
      return []
    }
    if elements.isEmpty { report("bindings", node.start, "must not be empty") }
    var bindings: [Policy.Binding] = []
    var seen: Set<Policy.Binding> = []
    for (index, element) in elements.enumerated() {
      let path = "bindings[\(index)]"
      let problemsBefore = problems.count
      guard let binding = binding(path, element, roles) else { continue }
      if problems.count == problemsBefore, !seen.insert(binding).inserted {
        report(path, element.start, "must not repeat an earlier binding")
      }
      bindings.append(binding)
    }
    return bindings
  }

  private mutating func binding(
    _ path: String, _ node: YAMLNode, _ roles: [String: VerbSet]
  ) -> Policy.Binding? {
    let keys = Self.subjectKeys.union(["role", "scope"])
    guard let entries = mapping(path, node, keys: keys) else { return nil }
    var binding = Policy.Binding(role: "", subjects: Subjects(), scope: PolicyScope())
    for key in ["role", "scope"] where !entries.contains(where: { $0.key == key }) {
      report(path, node.start, "must have a \(key)")
    }
    for entry in entries {
      switch entry.key {
      case "role":
        let rolePath = path + ".role"
        guard let name = text(rolePath, entry.value) else { break }
        if roles[name] == nil { report(rolePath, entry.value.start, "is not one of the roles") }
        binding.role = name
      case "scope": binding.scope = scope(path + ".scope", entry.value)
      default: break
      }
    }
    binding.subjects = subjects(path, entries, node.start)
    return binding
  }

  private mutating func subjects(
    _ path: String, _ entries: [YAMLNode.Entry], _ start: YAMLPosition
  ) -> Subjects {
    var subjects = Subjects()
    for entry in entries where Self.subjectKeys.contains(entry.key) {
      let isPrincipals = entry.key == "principals"
      let patterns = patterns("\(path).\(entry.key)", entry.value, arePrincipals: isPrincipals)
      if isPrincipals { subjects.principals = patterns } else { subjects.groups = patterns }
    }
    if !entries.contains(where: { Self.subjectKeys.contains($0.key) }) {
      report(path, start, "must have principals or groups")
    }
    return subjects
  }

  /// How principals are proved; a pattern that fits none of them would never match.
  private static let kinds = ["cert:", "jwt:", "token:", "uid:", Caller.anonymous.principal]

  private mutating func patterns(
    _ path: String, _ node: YAMLNode, arePrincipals: Bool
  ) -> [NamePattern] {
    var patterns: [NamePattern] = []
    for (index, (text, position)) in texts(path, node).enumerated() {
      let itemPath = "\(path)[\(index)]"
      let pattern = NamePattern(text)
      if patterns.contains(pattern) { report(itemPath, position, "must not repeat \(text)") }
      let head = pattern.head
      if arePrincipals,
        !Self.kinds.contains(where: {
          head.hasPrefix($0) || pattern.hasStar && $0.hasPrefix(head)
        })
      {
        report(
          itemPath, position,
          "must begin with cert:, jwt:, token: or uid:, or be anonymous; '*' stands for any "
            + "characters")
      }
      patterns.append(pattern)
    }
    return patterns
  }
}
