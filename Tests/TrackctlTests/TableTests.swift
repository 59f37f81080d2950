import Protobuf
import Testing
import TrackMessages

@testable import trackctl

@Suite("Tables", .timeLimit(.minutes(2)))
struct TableTests {
  private func columns(_ text: String) -> [Int] {
    text.split(separator: "\n").map { TextWidth.columns(String($0)) }
  }

  @Test func `columns are as wide as what they hold`() {
    var table = Table(.name("A"), .name("LONG HEADING"), .name("C"))
    table.add("wide cell", "x", "")
    table.add("é", "", "end")
    let text = """
      A          LONG HEADING  C
      wide cell  x
      é                        end

      """
    #expect(table.rendered(width: 80) == Table.Rendering(text: text))
    #expect(table.rendered(width: nil) == Table.Rendering(text: text))
    #expect(Table(.name("A"), .name("B")).rendered(width: 80).text == "A  B\n")
  }

  @Test(arguments: [
    ("abc", 3), ("", 0), ("é", 1), ("e\u{301}", 1), ("李雷", 4), ("한국", 4),
    ("\u{1112}\u{1161}\u{11AB}", 2), ("ｆｕｌｌ", 8), ("😀", 2), ("👍🏽", 2), ("🇩🇪", 2), ("☁\u{FE0F}", 2),
    ("☁", 1), ("a\u{200B}b", 2), ("𠀀", 2), ("、", 2), ("…", 1), ("ﾊ", 1),
  ])
  func `wide characters take two columns, and marks none`(text: String, columns: Int) {
    #expect(TextWidth.columns(text) == columns)
  }

  @Test func `the beginning of a text is cut between characters`() {
    #expect(TextWidth.prefix("李雷x", columns: 3) == "李")
    #expect(TextWidth.prefix("e\u{301}e\u{301}", columns: 1) == "e\u{301}")
    #expect(TextWidth.prefix("abc", columns: 9) == "abc")
    #expect(TextWidth.prefix("abc", columns: 0) == "")
  }

  @Test func `cells of wide characters stand below each other`() {
    var table = Table(.name("A"), .name("B"))
    table.add("李雷", "x")
    table.add("abcd", "y")
    #expect(table.rendered(width: 80).text == "A     B\n李雷  x\nabcd  y\n")
  }

  @Test func `texts are shortened first, then columns are spared, and names last`() {
    var table = Table(.name("ID"), .text("TEXT"), .name("EXTRA", spared: 1))
    table.add("an-id-of-20-columns-", "a text of 26 columns, it is", "0123456789")
    let shortened = table.rendered(width: 50)
    #expect(shortened.text.contains("an-id-of-20-columns-  a text of 26 co…  0123456789"))
    #expect(shortened.remarks == ["cells that end in … are shortened"])
    let spared = table.rendered(width: 35)
    #expect(spared.text == "ID                    TEXT\nan-id-of-20-columns-  a text of 26…\n")
    #expect(
      spared.remarks == ["cells that end in … are shortened", "there is no room for EXTRA"])
    let narrow = table.rendered(width: 24)
    #expect(narrow.text == "ID              TEXT\nan-id-of-20-c…  a text …\n")
    #expect(columns(table.rendered(width: 12).text).allSatisfy { $0 <= 12 })
    let whole = table.rendered(width: nil)
    #expect(whole.text.contains("a text of 26 columns, it is  0123456789"))
    #expect(whole.remarks.isEmpty)
  }

  @Test func `a column of nothing is the first to go, without a word`() {
    var table = Table(.name("ID"), .name("NOTHING", spared: 2), .name("SOMETHING", spared: 1))
    table.add("an-id", "", "x")
    #expect(table.rendered(width: 80).text == "ID     NOTHING  SOMETHING\nan-id           x\n")
    #expect(table.rendered(width: 20) == Table.Rendering(text: "ID     SOMETHING\nan-id  x\n"))
    #expect(table.rendered(width: 10).remarks == ["there is no room for SOMETHING"])
  }

  @Test(arguments: [
    (0, "0s ago"), (-5, "0s ago"), (119, "119s ago"), (120, "2m ago"), (7199, "119m ago"),
    (7200, "2h ago"), (172_799, "47h ago"), (172_800, "2d ago"), (100_000_000, "1157d ago"),
  ])
  func `times become ages where there is no room for them`(seconds: Int64, age: String) {
    var table = Table(.name("ID"), .time("CREATED"), .time("ENDED", spared: 1))
    table.add("an-id", "2001-09-09T01:46:40Z", "")
    let whole = table.rendered(width: 30, now: 1_000_000_000)
    #expect(whole == Table.Rendering(text: "ID     CREATED\nan-id  2001-09-09T01:46:40Z\n"))
    let narrow = table.rendered(width: 25, now: 1_000_000_000 + seconds)
    #expect(narrow.text == "ID     CREATED\nan-id  \(age)\n")
    #expect(narrow.remarks == ["times are ages"])
  }

  @Test func `beginnings of ids are no shortened cells, and are whole where there is room for all`()
  {
    var table = Table(.handle("ID"))
    table.add("0123456789")
    #expect(table.rendered(width: 80) == Table.Rendering(text: "ID\n01234567\n"))
    #expect(table.rendered(width: nil).text == "ID\n0123456789\n")
  }

  @Test func `of a text the first line is shown`() {
    var table = Table(.text("TEXT"))
    table.add("first\nsecond")
    let shown = table.rendered(width: 80)
    #expect(shown.text == "TEXT\nfirst …\n")
    #expect(shown.remarks == ["cells that end in … are shortened"])
    #expect(table.rendered(width: nil).text == "TEXT\nfirst second\n")
  }

  // MARK: The tables of the commands

  private static let long = String(repeating: "x", count: 300)
  private static let id = String(repeating: "i", count: 63)
  private static let uuid = "36941c4e-1a07-4fd0-88e3-d4d7537564ae"
  private static let time = {
    var time = Timestamp()
    time.seconds = 1_800_000_000
    return time
  }()

  /// Each table, of resources with the longest values; once with everyday ids.
  private static var tables: [(name: String, table: Table)] {
    var all: [(name: String, table: Table)] = []
    for id in [id, uuid, "cart"] {
      var track = DeploymentTrack()
      (track.id, track.apiVersion, track.latest) = (id, "v2147483647.2147483647", true)
      (track.branch, track.description) = (long, long + "\n" + long)
      (track.autoDeployEnabled, track.updatedAt) = (true, time)
      var image = DeploymentTrackImage()
      (image.imageId, image.commitHash, image.superseded) = (uuid, long, true)
      (image.builtAt, image.deployedIn, image.commitMsg) = (time, [id, id], long)
      image.author = Author()
      image.author?.name = String(repeating: "李", count: 100)
      var deployment = Deployment()
      (deployment.id, deployment.environmentId, deployment.imageId) = (uuid, id, uuid)
      (deployment.kind, deployment.state) = (.redeploy, .inProgress)
      (deployment.createdAt, deployment.actor, deployment.reason) = (time, long, long)
      var endpoint = Endpoint()
      (endpoint.name, endpoint.basePath, endpoint.port) = (long, long, 65534)
      (endpoint.type, endpoint.origin) = (.graphql, .sourceConfig)
      endpoint.networkVisibilities = [.public, .organization, .project]
      var variable = EnvironmentVariable()
      (variable.name, variable.origin) = (long, .sourceConfig)
      variable.source = .value(long)
      var revision = ConfigRevision()
      (revision.configRevision, revision.createdAt, revision.actor) = (Int32.max, time, long)
      var change = ConfigChange()
      (change.action, change.target) = (.updated, long)
      revision.changes = [change, change]
      var active = ActiveDeployment()
      active.deployment = deployment
      var object = ManifestObject()
      (object.kind, object.name) = ("Deployment", id)
      active.objects = [object]
      var address = EndpointAddress()
      (address.endpoint, address.address) = (long, long)
      active.endpointAddresses = [address]
      var (organization, project) = (Organization(), Project())
      (organization.id, organization.tier) = (id, .paid)
      (project.id, project.organizationId) = (id, id)
      var component = Component()
      (component.id, component.type, component.imageSource) = (id, .apiProxy, .registry)
      (component.defaultPipelineId, component.repositoryUrl) = (id, long)
      var environment = Environment()
      (environment.id, environment.name, environment.gitopsRepositoryUrl) = (id, long, long)
      (environment.gitopsBranch, environment.gitopsPath) = (long, long)
      var pipeline = DeploymentPipeline()
      (pipeline.id, pipeline.environmentIds) = (id, [id, id, id])
      all.append(("tracks", Table([track])))
      all.append(("images", Table([image])))
      all.append(("history", Table([deployment])))
      all.append(("endpoints", Table([endpoint])))
      all.append(("organizations", Organization.table([organization])))
      all.append(("projects", Project.table([project])))
      all.append(("components", Component.table([component])))
      all.append(("environments", Environment.table([environment])))
      all.append(("pipelines", DeploymentPipeline.table([pipeline])))
      all.append(("variables", Table([variable])))
      all.append(("revisions", Table([revision])))
      all += [active].tables.map { ("active", $0) }
    }
    return all
  }

  @Test(arguments: [60, 80, 100, 132, 200])
  func `every table fits, whatever it holds`(width: Int) {
    for (name, table) in Self.tables {
      let shown = table.rendered(width: width)
      #expect(columns(shown.text).allSatisfy { $0 <= width }, "\(name): \(shown.text)")
      // Other commands take the beginnings of ids: cutting the rest loses nothing.
      let isWhole = shown.text == table.rendered(width: nil).text || name == "active"
      #expect(isWhole || !shown.remarks.isEmpty, "\(name)")
    }
  }

  @Test func `everyday ids are whole in 80 columns, and everything is in a wide table`() {
    let withoutIds = ["endpoints", "images", "variables", "revisions"]
    let all = Self.tables
    for (name, table) in all.suffix(all.count / 3) {
      #expect(table.rendered(width: 80).text.contains("cart") || withoutIds.contains(name))
      #expect(!table.rendered(width: nil).text.contains("…"))
    }
  }

  @Test func `how wide a table may be is said by COLUMNS, the terminal, or nobody`() {
    #expect(Output.width(environment: ["COLUMNS": "100"], terminal: 120) == 100)
    #expect(Output.width(environment: [:], terminal: 120) == 120)
    #expect(Output.width(environment: [:], terminal: nil) == 80)
    for text in ["", "0", "-1", "x", "1e3"] {
      #expect(Output.width(environment: ["COLUMNS": text], terminal: 132) == 132)
    }
  }
}

@Suite("What is told of a call", .timeLimit(.minutes(2)))
struct DeedTests {
  @Test func `what is only checked is told in the conditional`() {
    let deed = Deed("delete component cart", done: "deleted", details: "component  cart\n")
    #expect(deed.text(isCheck: false) == "deleted\ncomponent  cart\n")
    #expect(
      deed.text(isCheck: true)
        == "would delete component cart (--validate-only: nothing is changed)\ncomponent  cart\n")
    #expect(Deed("create x", details: "x  y\n").text(isCheck: false) == "x  y\n")
    #expect(Deed("delete \u{1B}[0m", done: "").text(isCheck: true).contains("\u{FFFD}[0m"))
  }

  @Test func `of a deployment that is only checked there is neither an id nor a state`() {
    var deployment = Deployment()
    (deployment.id, deployment.environmentId, deployment.state) = ("made-up", "dev", .queued)
    #expect(deployment.plan.text.contains("dev"))
    #expect(!deployment.plan.text.contains("made-up") && !deployment.plan.text.contains("queued"))
    #expect(deployment.fields.text.contains("made-up") && deployment.fields.text.contains("queued"))
  }
}
