import TrackDomain
import TrackSourceConfig

/// Source configs that tests begin with.
enum Samples {
  static let endpoints = """
    version: 0.1
    endpoints:
      - name: Greeting Service   # what it is called
        port: 9090
        type: REST
        networkVisibility: Organization
        context: /greeting
        schemaFilePath: greeting_openapi.yaml
      - name: internal
        port: 9091
        type: GRPC
        networkVisibility: Public

    """

  static let componentConfig = """
    apiVersion: core.choreo.dev/v1beta1
    kind: ComponentConfig
    metadata:
      name: greeter
    spec:
      build:
        branch: main
      inbound:
        - name: User Store
          port: 8080
          type: REST
          context: /
        - name: user-store
          port: 8081
          type: TCP
      outbound:
        serviceReferences:
          - name: choreo:///apifirst/mttm/mmvhxd/ad088/v1.0/PUBLIC
            connectionConfig: 19d2648b-d29c-4452-afdd-1b9311e81412
            env:
              - from: ServiceURL
                to: SERVICE_URL

    """

  static let oldestComponentConfig = """
    apiVersion: core.choreo.dev/v1alpha1
    kind: ComponentConfig
    metadata:
      name: Travel booking
      projectName: Travel
      annotations:
        componentType: Service
    spec:
      build:
        branch: main
      inbound:
        - name: Bookings
          port: 9091
          type: REST
          visibility: Organization
          context: /
          schemaFilePath: openapi.json
        - name: admin
          port: 9092
          type: REST
          context: /admin
        - name: events
          port: 9093
          type: UDP
      outbound:
        serviceReferences:
          - name: choreo:///org/proj/comp/proxy/1.44.0/PUBLIC
            connectionConfig: 01eeb694-b00b-1270-afd5-85bbd9d740ba
            env:
              - from: ServiceURL
                to: SERVICE_URL

    """

  static let component10 = """
    # The greeter.
    schemaVersion: 1.0
    endpoints:
      - name: greeting-service
        displayName: Greeting Service
        service:
          basePath: /greeting
          port: 9090
        type: REST
        networkVisibilities: [Organization, Public]
        schemaFilePath: greeting_openapi.yaml
    dependencies:
      serviceReferences: []

    """

  static let component11 = """
    schemaVersion: "1.1"
    endpoints:
      - &first
        name: one
        service: {port: 9090}
        type: UDP
        networkVisibilities: [Project]
    configuration:
      env:
        - name: LEVEL   # loud
          value: no
        - name: URL
          valueFrom:
            connectionRef: {name: HR Connection, key: ServiceURL}

    """

  static let component12 = """
    schemaVersion: 1.2
    endpoints:
      - name: greeting-service
        displayName: Greeting Service
        service:
          basePath: /greeting
          port: 9090
        type: REST
        networkVisibilities:
          - Organization
        schemaFilePath: ./api/../greeting_openapi.yaml
      - name: events
        service:
          port: 9091
        type: TCP
        networkVisibilities: [Project]
    dependencies:
      connectionReferences:
        - name: HR Connection
          resourceRef: service:/proj/comp/v1/ad088/PUBLIC
    configurations:
      env:
        - name: LEVEL
          value: 0123
        - name: TOKEN
          valueFrom:
            configForm:
              displayName: The token
              type: secret
        - name: GROUP
          valueFrom:
            configGroupRef: {name: group, key: k}

    """

  /// All samples, with their names.
  static let all = [
    ("endpoints.yaml", endpoints), ("component-config.yaml", componentConfig),
    ("component-config.yaml", oldestComponentConfig),
    ("component.yaml", component10), ("component.yaml", component11),
    ("component.yaml", component12),
  ]

  static let format = YAMLSourceConfigFormat()

  static func read(
    _ text: String, as name: String = "component.yaml"
  ) throws(SourceConfigError) -> SourceConfig {
    try format.read(fileName: name, content: Array(text.utf8))
  }

  static func migrate(
    _ text: String, as name: String = "component.yaml"
  ) throws(SourceConfigError) -> MigratedSourceConfig {
    try format.migrate(fileName: name, content: Array(text.utf8))
  }

  /// The violations of a file, as `path line:column message`.
  static func problems(_ text: String, as name: String = "component.yaml") -> [String] {
    problems(Array(text.utf8), as: name)
  }

  static func problems(_ content: [UInt8], as name: String = "component.yaml") -> [String] {
    do {
      _ = try format.read(fileName: name, content: content)
      return []
    } catch {
      return error.violations.map { "\($0.path) \($0.line):\($0.column) \($0.message)" }
    }
  }
}
