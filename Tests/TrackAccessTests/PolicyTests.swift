import Testing
import TrackDomain

@testable import TrackAccess

@Suite(.timeLimit(.minutes(2))) struct PolicyTests {
  private static let example = """
    roles:
      viewer: [read]
      ci: [read, save]
      operator: [read, deploy, rollback]
      admin: [read, save, write, deploy, rollback, bypass, administer]
    bindings:
      - role: viewer
        groups: ["jwt:https://idp.example#*"]
        scope: all
      - role: ci
        principals: ["jwt:https://ci.example#repo:acme/cart:*"]
        scope: {component: cart}
      - role: operator
        principals: [token:ann]
        scope: {project: shop, environment: [dev, test]}
      - role: admin
        principals: ["cert:spiffe://acme.example/platform"]
        scope:
          organization: acme
    may_act_for_others:
      principals: [token:gateway]
    """

  private func policy(_ text: String = example) throws -> Policy {
    try Policy(yaml: Array(text.utf8))
  }

  private func problems(_ text: String) -> [String] {
    do {
      _ = try policy(text)
      return []
    } catch let error as PolicyError {
      return error.problems.map { $0.text(file: "p") }
    } catch {
      return ["\(error)"]
    }
  }

  private let cart = AccessPlace(organizationId: "acme", projectId: "shop", componentId: "cart")

  @Test func `a caller may do what their bindings grant, where they grant it`() throws {
    let policy = try policy()
    func verbs(_ principal: String, _ groups: [String] = [], at place: AccessPlace) -> [Verb] {
      let caller = Caller(principal: principal, groups: groups)
      return CallerRights(of: caller, under: policy).verbs(at: place).verbs
    }
    #expect(verbs("anonymous", at: cart) == [])
    #expect(verbs("jwt:x#y", ["jwt:https://idp.example#staff"], at: cart) == [.read])
    #expect(verbs("jwt:x#y", ["xjwt:https://idp.example#staff"], at: cart) == [])
    let ci = "jwt:https://ci.example#repo:acme/cart:ref:main"
    #expect(verbs(ci, at: cart) == [.read, .save])
    #expect(verbs(ci, at: AccessPlace(organizationId: "acme", projectId: "shop")) == [])
    #expect(verbs("token:ann", at: cart) == [])
    #expect(verbs("token:ann", at: cart.into(environmentId: "dev")) == [.read, .deploy, .rollback])
    #expect(verbs("token:ann", at: cart.into(environmentId: "production")) == [])
    #expect(verbs("cert:spiffe://acme.example/platform", at: cart) == Verb.allCases)
    #expect(verbs("cert:spiffe://acme.example/platform", at: .everywhere) == [])
    #expect(policy.mayActForOthers(Caller(principal: "token:gateway")))
    #expect(!policy.mayActForOthers(Caller(principal: "token:ann")))
  }

  @Test func `lists reach what their reader may read`() throws {
    let policy = try policy()
    func reach(_ principal: String, _ kind: CatalogKind, _ place: AccessPlace) -> AccessReach {
      CallerRights(of: Caller(principal: principal), under: policy).reach(kind, in: place)
    }
    let ci = "jwt:https://ci.example#repo:acme/cart:ref:main"
    let platform = "cert:spiffe://acme.example/platform"
    let shop = AccessPlace(organizationId: "acme", projectId: "shop")
    let other = AccessPlace(organizationId: "other", projectId: "x")
    #expect(reach(ci, .component, shop) == .ids(["cart"]))
    #expect(reach(ci, .project, shop) == .ids([]))
    #expect(reach("token:ann", .environment, shop) == .ids(["dev", "test"]))
    #expect(reach("token:ann", .environment, other) == .ids([]))
    #expect(reach("token:ann", .component, shop) == .ids([]))
    #expect(reach(platform, .organization, .everywhere) == .ids(["acme"]))
    #expect(reach(platform, .deploymentPipeline, shop) == .all)
    #expect(reach(platform, .deploymentPipeline, other) == .ids([]))
    #expect(reach("anonymous", .organization, .everywhere) == .ids([]))
  }

  @Test(
    arguments: [
      ("a", "a", true), ("a", "ab", false), ("a", "ba", false), ("*", "", true), ("*", "x", true),
      ("a*", "a", true), ("a*", "ab", true), ("a*", "ba", false), ("*a", "ba", true),
      ("*a", "ab", false), ("a*c", "abc", true), ("a*c", "ac", true), ("a*c", "a", false),
      ("a*a", "a", false), ("a*b*c", "a-b-b-c", true), ("a*b*c", "a-c-c", false),
      ("a.c", "abc", false),
      ("**", "x", true), ("a**c", "abc", true), ("é*", "éa", true), ("[a]", "a", false),
    ] as [(String, String, Bool)])
  func `patterns are of whole names, and know a star`(
    pattern: String, name: String, matches: Bool
  ) {
    #expect(NamePattern(pattern).matches(name) == matches)
  }

  @Test func `everything that is wrong is told with its place`() {
    let text = """
      rules: 1
      roles:
        a: [read, fly, read]
        "b c": []
      bindings:
        - role: c
          principals: [ann, token:x, token:x]
          scope: {project: Shop, env: dev}
        - role: a
          scope: everything
        - 7
        - {role: a, principals: [], scope: {}}
      """
    #expect(
      problems(text) == [
        "p:1:1: rules: is not known here: there is bindings, may_act_for_others, roles",
        "p:3:13: roles.a[1]: must be one of read, save, write, deploy, rollback, bypass, "
          + "administer",
        "p:3:18: roles.a[2]: must not repeat read",
        "p:4:3: roles.b c: must be a name of at most 63 characters: letters, digits, '-', '_', "
          + "'.'",
        "p:4:10: roles.b c: must not be empty",
        "p:6:11: bindings[0].role: is not one of the roles",
        "p:7:18: bindings[0].principals[0]: must begin with cert:, jwt:, token: or uid:, or be "
          + "anonymous; '*' stands for any characters",
        "p:7:32: bindings[0].principals[2]: must not repeat token:x",
        "p:8:22: bindings[0].scope.project: must match [a-z]([a-z0-9-]{0,61}[a-z0-9])? or be a "
          + "UUID",
        "p:8:28: bindings[0].scope.env: is not known here: there is component, environment, "
          + "organization, project",
        "p:9:5: bindings[1]: must have principals or groups",
        "p:10:12: bindings[1].scope: must be all, or hold organization, project, component or "
          + "environment",
        "p:11:5: bindings[2]: must be a mapping",
        "p:12:27: bindings[3].principals: must not be empty",
        "p:12:38: bindings[3].scope: must not be empty: write all for everything",
      ])
  }

  @Test(
    arguments: [
      ("", "p:1:1: must be a mapping"), ("roles: {a: [read]}", "p:1:1: must have bindings"),
      ("roles: {a: [read]}\nbindings: []", "p:2:11: bindings: must not be empty"),
      ("roles: {}\nroles: {}\nbindings: x", "p:1:8: roles: must not be empty"),
      ("a: [", "p:2:1: is not YAML: did not find expected node content"),
      ("roles: {a: read}\nbindings: [{}]", "p:1:12: roles.a: must be a list"),
    ] as [(String, String)])
  func `what is no policy is told`(text: String, first: String) {
    #expect(problems(text).first == first)
  }

  @Test func `bindings and keys that repeat are told`() {
    let binding = "{role: a, principals: [token:x], scope: all}"
    let text = "roles: {a: [read], a: [save]}\nbindings: [\(binding), \(binding)]\n"
    #expect(
      problems(text) == [
        "p:1:20: roles.a: must not repeat the key",
        "p:2:58: bindings[1]: must not repeat an earlier binding",
      ])
  }

  @Test func `a policy that says the same changes nothing`() throws {
    let control = AccessControl(try policy())
    let first = control.version
    #expect(!control.replace(with: try policy(Self.example + "\n# a comment\n")))
    #expect(control.version == first)
    #expect(control.replace(with: Policy()))
    #expect(control.version != first)
    let ann = Caller(principal: "token:ann")
    #expect(control.rights(of: ann).verbs(at: cart.into(environmentId: "dev")).isEmpty)
  }

  @Test func `the table has a row for each subject of a binding`() throws {
    let rows = PolicyTable(try policy()).rows
    #expect(rows.count == 5)
    #expect(rows.map(\.subject) == rows.map(\.subject).sorted())
    #expect(
      rows.contains(
        PolicyTable.Row(
          subject: "token:ann", role: "operator", verbs: "read deploy rollback",
          scope: "project shop, environment dev|test")))
  }
}
