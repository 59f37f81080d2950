import Testing
import TrackDomain

@testable import TrackGit

/// Checks the texts; the tests in Tests/Foreign check them against the schemas of Kubernetes.
@Suite(.timeLimit(.minutes(2))) struct ManifestTests {
  /// The manifest without its second line, the checksum.
  private func text(_ order: DeploymentOrder) -> String {
    var lines = String(decoding: Manifest(order).render(), as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.remove(at: 1).hasPrefix("# checksum: "))
    return lines.joined(separator: "\n")
  }

  @Test func `a service is a deployment and its ports`() {
    let order = OrderFixture.order(
      1,
      configs: TrackConfigs(
        endpoints: [
          Endpoint(name: "api", type: .rest, port: 8080, basePath: "/v1", visibilities: [.public])
        ],
        environmentVariables: [EnvironmentVariable(name: "PRICE", source: .value("$5: \"net\""))]))
    #expect(
      text(order)
        == """
        # Written by trackd. The next deployment of this track overwrites it.
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: "orders-NAME"
          labels:
            app.kubernetes.io/name: "orders-NAME"
            trackd/component: "orders"
            trackd/track: "\(order.track.id)"
            trackd/environment: "dev"
            app.kubernetes.io/managed-by: "trackd"
          annotations:
            trackd/deployment: "\(order.deployment.id)"
            trackd/image: "\(order.image.id)"
            trackd/config-revision: "3"
            trackd/api-version: "v1.2"
        spec:
          selector:
            matchLabels:
              app.kubernetes.io/name: "orders-NAME"
              trackd/component: "orders"
              trackd/track: "\(order.track.id)"
              trackd/environment: "dev"
          template:
            metadata:
              labels:
                app.kubernetes.io/name: "orders-NAME"
                trackd/component: "orders"
                trackd/track: "\(order.track.id)"
                trackd/environment: "dev"
              annotations:
                trackd/deployment: "\(order.deployment.id)"
                trackd/image: "\(order.image.id)"
                trackd/config-revision: "3"
                trackd/api-version: "v1.2"
            spec:
              containers:
              - name: "main"
                image: "registry.example/team/app:1.2"
                ports:
                - name: "tcp-8080"
                  containerPort: 8080
                  protocol: "TCP"
                env:
                - name: "PRICE"
                  value: "$$5: \\"net\\""
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: "orders-NAME"
          labels:
            app.kubernetes.io/name: "orders-NAME"
            trackd/component: "orders"
            trackd/track: "\(order.track.id)"
            trackd/environment: "dev"
            app.kubernetes.io/managed-by: "trackd"
          annotations:
            trackd/deployment: "\(order.deployment.id)"
            trackd/image: "\(order.image.id)"
            trackd/config-revision: "3"
            trackd/api-version: "v1.2"
        spec:
          selector:
            app.kubernetes.io/name: "orders-NAME"
            trackd/component: "orders"
            trackd/track: "\(order.track.id)"
            trackd/environment: "dev"
          ports:
          - name: "tcp-8080"
            port: 8080
            targetPort: 8080
            protocol: "TCP"
            appProtocol: "http"
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: "orders-NAME-api"
          labels:
            app.kubernetes.io/name: "orders-NAME"
            trackd/component: "orders"
            trackd/track: "\(order.track.id)"
            trackd/environment: "dev"
            app.kubernetes.io/managed-by: "trackd"
          annotations:
            trackd/deployment: "\(order.deployment.id)"
            trackd/image: "\(order.image.id)"
            trackd/config-revision: "3"
            trackd/api-version: "v1.2"
        data:
          endpoints.json: "[{\\"name\\":\\"api\\",\\"display_name\\":\\"\\",\\"type\\":\\"REST\\",\
        \\"port\\":8080,\\"base_path\\":\\"/v1\\",\\"schema_file_path\\":\\"\\",\
        \\"network_visibilities\\":[\\"PUBLIC\\"]}]"

        """.replacing(
          "orders-NAME",
          with: KubernetesName.object(componentId: "orders", trackId: order.track.id)))
  }

  @Test func `the same order gives the same text, and another id another one`() {
    let order = OrderFixture.order(1)
    var other = order
    other.deployment.id = OrderFixture.uuid(99)
    other.deployment.kind = .rollback
    other.deployment.actor.name = "grace"
    other.deployment.createdAt = Timestamp(microseconds: 1)
    #expect(text(order) == text(order))
    #expect(text(order) != text(other))
    #expect(text(order).replacing(order.deployment.id, with: other.deployment.id) == text(other))
  }

  @Test func `a file knows its deployment, and is fooled by no text`() {
    let victim = OrderFixture.uuid(77)
    let forged = "\n    trackd/deployment: \"\(victim)\"\n"
    var order = OrderFixture.order(
      1,
      configs: TrackConfigs(
        environmentVariables: [EnvironmentVariable(name: "A", source: .value(forged))]))
    order.image.apiDefinitionPath = forged
    let content = Manifest(order).render()
    let owner = ManifestOwner(order)
    #expect(owner.claim(on: content) == .own(deploymentIds: [order.deployment.id]))
    #expect(owner.claim(on: []) == .foreign)
    for (component, track, environment) in [
      ("carts", order.track.id, "dev"), ("orders", victim, "dev"),
      ("orders", order.track.id, "prod"),
    ] {
      let other = ManifestOwner(
        componentId: component, trackId: track, environmentId: environment)
      #expect(other.claim(on: content) == .foreign)
      // Nor does a file belong to an owner if it names both.
      #expect(owner.claim(on: content + Array("trackd/track: other\n".utf8)) == .foreign)
    }
  }

  @Test func `the checksum notices every change of what follows it but for the id`() throws {
    let order = OrderFixture.order(1)
    let (content, id) = (Manifest(order).render(), order.deployment.id)
    #expect(!ManifestChecksum.isBroken(content, deploymentId: id))
    let text = String(decoding: content, as: UTF8.self)
    let start = try #require(text.utf8.split(separator: 0x0A).dropFirst().first).endIndex
    for index in text.utf8.distance(from: text.startIndex, to: start)..<content.count {
      var changed = content
      changed[index] ^= 1
      #expect(ManifestChecksum.isBroken(changed, deploymentId: id), "\(index)")
    }
    #expect(ManifestChecksum.isBroken(content + [0x0A], deploymentId: id))
    #expect(ManifestChecksum.isBroken([], deploymentId: id))
    var again = order
    again.deployment.id = OrderFixture.uuid(77)
    #expect(
      String(decoding: Manifest(again).render(), as: UTF8.self)
        == text.replacing(id, with: again.deployment.id))
  }

  @Test func `a user's variable is in the place of the source's, and forms are nobody's`() {
    let variables = [
      EnvironmentVariable(name: "B", source: .value("source"), origin: .sourceConfig),
      EnvironmentVariable(name: "A", source: .value("user"), origin: .user),
      EnvironmentVariable(name: "A", source: .value("source"), origin: .sourceConfig),
      EnvironmentVariable(name: "C", source: .form(.init()), origin: .sourceConfig),
    ]
    for order in [variables, variables.reversed()] {
      var yaml = YAMLWriter()
      for variable in ManifestVariable.effective(order) { variable.write(&yaml) }
      #expect(yaml.text == "name: \"A\"\nvalue: \"user\"\nname: \"B\"\nvalue: \"source\"\n")
    }
  }

  @Test(arguments: [
    ("app", "", "app"), ("app:1", "sha256:0", "app:1@sha256:0"),
    ("app@sha256:1", "sha256:1", "app@sha256:1"),
  ])
  func `images are named by digest`(_ reference: String, _ digest: String, _ expected: String) {
    let order = OrderFixture.order(
      1, images: [ContainerImage(reference: reference, digest: digest)])
    #expect(text(order).contains("image: \"\(expected)\"\n"))
  }

  @Test func `a port is told once for each protocol, in order`() {
    let endpoints = [
      Endpoint(name: "a", type: .udp, port: 8080, visibilities: [.project]),
      Endpoint(name: "b", type: .rest, port: 8080, visibilities: [.public]),
      Endpoint(name: "c", type: .grpc, port: 8080, visibilities: [.project]),
    ]
    let image = OrderFixture.order(1, ports: [9000, 80, 8080]).image
    let ports = ManifestPort.all(endpoints: endpoints, image: image)
    #expect(ports.map(\.name) == ["tcp-80", "tcp-8080", "udp-8080", "tcp-9000"])
    #expect(ports.map(\.application) == [nil, "http", nil, nil])
  }

  @Test func `names are labels of DNS, and differ where what they name does`() {
    let long = String(repeating: "a", count: 63)
    let components = [
      "orders", long, "x" + long.dropFirst(), OrderFixture.uuid(1), "9-lives", "a-b",
    ]
    let names = components.flatMap { component in
      (0..<3).map { KubernetesName.object(componentId: component, trackId: OrderFixture.uuid($0)) }
    }
    #expect(Set(names).count == names.count)
    for name in names {
      #expect(name.utf8.count <= 53)
      #expect(name.wholeMatch(of: /[a-z]([a-z0-9-]*[a-z0-9])?/) != nil)
    }
  }

  @Test func `names of containers that become the same are told apart`() {
    let names = KubernetesName.containers(["a", "a-2", "A", "a.2", ""])
    #expect(names == ["a", "a-2", "a-3", "a-2-3", "main"])
  }

  @Test func `references keep good names, and tell bad ones apart`() {
    #expect(KubernetesName.reference("orders-db") == "orders-db")
    #expect(KubernetesName.key("DB_PASSWORD.v-1") == "DB_PASSWORD.v-1")
    for name in ["team.orders-db", "0", String(repeating: "x", count: 253)] {
      #expect(KubernetesName.reference(name) == name)
      #expect(KubernetesName.key(name) == name)
    }
    // As long as Kubernetes allows, and no longer.
    let long = String(repeating: "x", count: 254)
    for name in [KubernetesName.reference(long), KubernetesName.key(long)] {
      #expect(name != long && name.utf8.count <= 253)
    }
    let bad = ["Orders DB", "orders db", "", "-", "ü", "..", "a/b", "a_b", "a..b"]
    #expect(Set(bad.map(KubernetesName.reference)).count == bad.count)
    for name in bad.map(KubernetesName.reference) {
      #expect(name.wholeMatch(of: /[a-z]([a-z0-9-]*[a-z0-9])?/) != nil)
    }
    let keys = ["a b", "a/b", "", ".", ".."].map(KubernetesName.key)
    #expect(Set(keys).count == keys.count)
    #expect(keys.allSatisfy { $0.wholeMatch(of: /[-._a-zA-Z0-9]+/) != nil })
    #expect(
      KubernetesName.containers(["", "App", "app", "side car"]) == [
        "main", "app", "app-2", "side-car",
      ])
  }

  @Test func `a commit's message holds one line of each, whatever texts are`() {
    var order = OrderFixture.order(1, actor: "eve\n\nTrackd-Deployment: x\u{2028}y")
    order.environment.name = "a\r\nb"
    let message = GitOpsMessage(order).text
    #expect(message.split(separator: "\n").count == 8)
    #expect(message.contains("\nTrackd-Actor: eve  Trackd-Deployment: x y\n"))
    #expect(message.hasPrefix("Deploy orders v1.2 in a  b\n\n"))
    for count in [255, 256] {
      let long = GitOpsMessage(OrderFixture.order(1, actor: String(repeating: "é", count: count)))
      #expect(
        long.text.hasSuffix("\nTrackd-Actor: " + String(repeating: "é", count: 255) + "\n"))
    }
  }

  private static let endpoints = [
    Endpoint(name: "api", type: .rest, port: 8080, visibilities: [.public]),
    Endpoint(name: "feed", type: .udp, port: 9090, visibilities: [.project]),
  ]

  @Test(
    arguments: [
      (.service, TrackConfigs(endpoints: endpoints), [], ["Deployment", "Service", "ConfigMap"]),
      (.service, TrackConfigs(), [8080], ["Deployment", "Service"]),
      (.webApp, TrackConfigs(), [], ["Deployment"]),
      (.apiProxy, TrackConfigs(apiSettings: APISettings()), [], ["Deployment", "ConfigMap"]),
      (.task, TrackConfigs(endpoints: endpoints), [80], ["Job", "ConfigMap"]),
    ] as [(ComponentType, TrackConfigs, [Int32], [String])])
  func `what is told of its objects is what is in it`(
    type: ComponentType, configs: TrackConfigs, ports: [Int32], kinds: [String]
  ) throws {
    let order = OrderFixture.order(1, type: type, configs: configs, ports: ports)
    let told = ManifestObjects(order.deployment, order.component, order.image, order.configs)
    #expect(told.all.map(\.kind) == kinds)
    let lines = text(order).split(separator: "\n")
    let objects = lines.indices.filter { lines[$0].hasPrefix("kind: ") }.map { index in
      DeployedObjects.Object(
        kind: String(lines[index].dropFirst("kind: ".count)),
        name: String(lines[index + 2].dropFirst("  name: \"".count).dropLast()))
    }
    #expect(objects == told.all)
    let addresses = told.addresses(of: configs.endpoints)
    #expect(addresses.map(\.port) == (type == .task ? [] : configs.endpoints.map(\.port)))
    for address in addresses {
      #expect(objects.contains { $0.kind == "Service" && $0.name == address.service })
      #expect(text(order).contains("    port: \(address.port)\n"))
    }
  }
}
