// swift-tools-version: 6.3
import PackageDescription

/// Applied to every Swift target: one language, one set of checks.
let swift: [SwiftSetting] = [
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableUpcomingFeature("InferIsolatedConformances"),
  .enableExperimentalFeature("Lifetimes"),
]

let package = Package(
  name: "trackd",
  products: [
    .executable(name: "trackd", targets: ["trackd"]),
    .executable(name: "trackctl", targets: ["trackctl"]),
    .executable(name: "protoc-gen-swiftrpc", targets: ["protoc-gen-swiftrpc"]),
    // `swift package generate-grpc`: the generator as a command of other packages.
    .plugin(name: "GenerateGRPC", targets: ["GenerateGRPC"]),
    // gRPC's interoperability tests, for those who test other implementations against this one.
    .executable(name: "rpc-interop", targets: ["rpc-interop"]),
    // Client stubs and messages of trackd for other packages.
    .library(
      name: "TrackClient",
      targets: ["TrackMessages", "Protobuf", "Wire", "RPC", "RPCHTTP2", "EventLoop", "TLS"]),
    // The RPC server and client stack for any proto. Its C modules are what generated C stands on.
    .library(
      name: "RPCStack",
      targets: [
        "CProtobufMessages", "Wire", "Protobuf", "RPC", "EventLoop", "HTTP1", "HTTP2", "RPCHTTP2",
        "RPCCompression", "RPCInProcess", "RPCServices", "Crypto", "TLS",
      ]),
  ],
  targets: [
    // MARK: C: system libraries, then what stands on them
    // epoll, eventfd, accept4, sockets, a pthread mutex: static inline functions over integers.
    .target(name: "CLinux"),
    .systemLibrary(
      name: "CNGHTTP2", pkgConfig: "libnghttp2", providers: [.apt(["libnghttp2-dev"])]),
    .systemLibrary(
      name: "CProtobufC", pkgConfig: "libprotobuf-c", providers: [.apt(["libprotobuf-c-dev"])]),
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "CPostgreSQL", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(
      name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
    // Per-call arena, bounded and UTF-8-checked unpack, pack into a given buffer.
    .target(name: "CProtobufShim", dependencies: ["CProtobufC"]),
    // Memory for SQLite in free lists of each thread.
    .target(name: "CStoreMemory", dependencies: ["CSQLite"]),
    // The same for nghttp2.
    .target(name: "CSessionMemory", dependencies: ["CNGHTTP2"]),
    // Generated: libprotobuf-c's structs of the messages of the Swift target they are named after.
    .target(name: "CProtobufMessages", dependencies: ["CProtobufC"], publicHeadersPath: "."),
    .target(
      name: "CRPCMessages", dependencies: ["CProtobufC", "CProtobufMessages"],
      publicHeadersPath: "."),
    .target(
      name: "CRPCServicesMessages", dependencies: ["CProtobufC", "CProtobufMessages"],
      publicHeadersPath: "."),
    .target(
      name: "CTrackMessages", dependencies: ["CProtobufC", "CProtobufMessages"],
      publicHeadersPath: "."),
    .target(
      name: "CIntegrationMessages",
      dependencies: ["CProtobufC", "CProtobufMessages", "CRPCMessages", "CTrackMessages"],
      publicHeadersPath: "."),
    .target(
      name: "CCollectorMessages", dependencies: ["CProtobufC", "CProtobufMessages"],
      publicHeadersPath: "."),
    .target(
      name: "CInteropMessages", dependencies: ["CProtobufC", "CProtobufMessages"],
      publicHeadersPath: "."),

    // MARK: Libraries: each imports only what stands above it
    // Codecs of bytes that several layers need, once each: base64, percent encoding, civil time,
    // header blocks. Imports nothing.
    .target(name: "Wire", swiftSettings: swift),
    // One thread, one epoll, timers, an inbox, an executor; threads that may block.
    .target(name: "EventLoop", dependencies: ["CLinux"], swiftSettings: swift),
    // Counters and histograms without locks, and their text for Prometheus. Imports nothing.
    .target(name: "Telemetry", swiftSettings: swift),
    // Hashes, signatures, sealing, certificates, and TLS sessions over memory.
    .target(name: "Crypto", dependencies: ["COpenSSL", "Wire"], swiftSettings: swift),
    // Contexts, reload, and a channel of bytes over Crypto's sessions.
    .target(name: "TLS", dependencies: ["Crypto", "EventLoop"], swiftSettings: swift),
    // YAML texts as trees within limits, with the place of each value; and back.
    .target(name: "YAML", dependencies: ["CYAML"], swiftSettings: swift),
    // Small documents over https.
    .target(name: "WebFetch", dependencies: ["CCurl"], swiftSettings: swift),
    // Bytes <-> stream events of one connection; limits.
    .target(
      name: "HTTP2", dependencies: ["CNGHTTP2", "CSessionMemory", "Wire"], swiftSettings: swift),
    // The same for HTTP/1.1, without a library: requests in, responses out.
    .target(name: "HTTP1", dependencies: ["Wire"], swiftSettings: swift),
    // The runtime under generated messages: codec, well-known types, JSON, descriptors.
    .target(
      name: "Protobuf", dependencies: ["CProtobufShim", "CProtobufMessages", "Wire"],
      swiftSettings: swift),
    // What the compiled plugin and the tests share: descriptors in, Swift source out.
    .target(name: "SwiftRPCGenerator", dependencies: ["Protobuf", "Wire"], swiftSettings: swift),
    // Status, metadata, deadlines, framing, router, interceptors, client calls, transport seams.
    .target(
      name: "RPC", dependencies: ["Protobuf", "Wire", "CRPCMessages"], swiftSettings: swift),
    // Both transports over HTTP/2; the server's speaks HTTP/1.1 too.
    .target(
      name: "RPCHTTP2",
      dependencies: ["Crypto", "EventLoop", "HTTP1", "HTTP2", "RPC", "TLS", "Wire"],
      swiftSettings: swift),
    // Both transports in memory, for tests and embedding.
    .target(name: "RPCInProcess", dependencies: ["RPC", "Wire"], swiftSettings: swift),
    // gzip and deflate for messages.
    .target(
      name: "RPCCompression", dependencies: ["CZlib", "EventLoop", "RPC"], swiftSettings: swift),
    // The standard services: health, reflection, channelz.
    .target(
      name: "RPCServices",
      dependencies: ["RPC", "RPCHTTP2", "EventLoop", "Protobuf", "Wire", "CRPCServicesMessages"],
      swiftSettings: swift),
    // Generated from Protos/: Swift messages, service protocols, client stubs.
    .target(
      name: "TrackMessages", dependencies: ["Protobuf", "RPC", "CTrackMessages"],
      swiftSettings: swift),
    // Generated from Protos/: the services that trackd calls.
    .target(
      name: "IntegrationMessages",
      dependencies: ["Protobuf", "RPC", "TrackMessages", "CIntegrationMessages"],
      swiftSettings: swift),
    // Generated from Protos/: OpenTelemetry's service that takes spans.
    .target(
      name: "CollectorMessages", dependencies: ["Protobuf", "RPC", "CCollectorMessages"],
      swiftSettings: swift),
    // Generated from its own Protos: the service of gRPC's interoperability tests, which is no part
    // of what trackd serves.
    .target(
      name: "InteropMessages", dependencies: ["Protobuf", "RPC", "CInteropMessages"],
      exclude: ["Protos"], swiftSettings: swift),
    // Values, rules and errors of the domain; the repository protocols. Imports only Wire.
    .target(name: "TrackDomain", dependencies: ["Wire"], swiftSettings: swift),
    // Who calls and what they may do: rules only, no sockets.
    .target(
      name: "TrackAccess", dependencies: ["Crypto", "EventLoop", "TrackDomain", "Wire", "YAML"],
      swiftSettings: swift),
    // Values of the domain as messages, for the services trackd offers and those that it calls.
    .target(
      name: "TrackMapping", dependencies: ["Protobuf", "TrackDomain", "TrackMessages"],
      swiftSettings: swift),
    // The use cases.
    .target(name: "TrackController", dependencies: ["TrackDomain"], swiftSettings: swift),
    // What stores in SQL have in common: statements, rows, what readers and transactions ask for.
    .target(
      name: "TrackStoreSQL", dependencies: ["EventLoop", "Telemetry", "TrackDomain"],
      swiftSettings: swift),
    // Repositories on SQLite.
    .target(
      name: "TrackStoreSQLite",
      dependencies: [
        "TrackDomain", "TrackStoreSQL", "EventLoop", "Telemetry", "CSQLite", "CStoreMemory",
      ],
      swiftSettings: swift),
    // Repositories on PostgreSQL.
    .target(
      name: "TrackStorePostgreSQL",
      dependencies: ["TrackDomain", "TrackStoreSQL", "EventLoop", "Telemetry", "CPostgreSQL"],
      swiftSettings: swift),
    // Adapters to Git: source repositories, commits, and the GitOps deployer.
    .target(
      name: "TrackGit", dependencies: ["EventLoop", "Telemetry", "TrackDomain"],
      swiftSettings: swift),
    // YAML source configs: reading, checking, migrating.
    .target(
      name: "TrackSourceConfig", dependencies: ["EventLoop", "TrackDomain", "YAML"],
      swiftSettings: swift),
    // Services of others that take the place of embedded ones, through client stubs.
    .target(
      name: "TrackRemotes",
      dependencies: [
        "EventLoop", "IntegrationMessages", "Protobuf", "RPC", "RPCHTTP2", "TLS", "Telemetry",
        "TrackDomain", "TrackMapping", "TrackMessages",
      ], swiftSettings: swift),
    // RPCs: message -> controller -> message; the one error table; the JSON routes.
    .target(
      name: "TrackServices",
      dependencies: [
        "RPC", "Protobuf", "Telemetry", "TrackAccess", "TrackMessages", "TrackController",
        "TrackDomain", "TrackMapping", "Wire",
      ], swiftSettings: swift),

    // MARK: Executables
    .executableTarget(
      name: "protoc-gen-swiftrpc", dependencies: ["SwiftRPCGenerator", "Protobuf"],
      swiftSettings: swift),
    .executableTarget(
      name: "trackd",
      dependencies: [
        "CollectorMessages", "Crypto", "EventLoop", "HTTP1", "HTTP2", "RPC", "RPCCompression",
        "RPCHTTP2",
        "RPCServices", "TLS", "Telemetry", "TrackAccess", "TrackController", "TrackDomain",
        "TrackGit", "TrackMessages", "TrackRemotes", "TrackServices", "TrackSourceConfig",
        "TrackStorePostgreSQL", "TrackStoreSQL", "TrackStoreSQLite", "WebFetch", "Wire",
      ], swiftSettings: swift),
    // The command line for people and scripts, over the client stubs.
    .executableTarget(
      name: "trackctl",
      dependencies: [
        "Crypto", "EventLoop", "Protobuf", "RPC", "RPCHTTP2", "TLS", "TrackAccess",
        "TrackMessages", "Wire",
      ],
      swiftSettings: swift),
    // gRPC's interoperability tests, both sides, over the public API of the RPC stack.
    .executableTarget(
      name: "rpc-interop",
      dependencies: [
        "Crypto", "EventLoop", "InteropMessages", "Protobuf", "RPC", "RPCCompression", "RPCHTTP2",
        "TLS",
      ],
      swiftSettings: swift),

    // MARK: Plugins
    // Runs protoc with the generator, and prints the targets of what it made.
    .plugin(
      name: "GenerateGRPC",
      capability: .command(
        intent: .custom(
          verb: "generate-grpc", description: "Generates messages, services and stubs of protos"),
        permissions: [.writeToPackageDirectory(reason: "writes the generated sources")]),
      dependencies: ["protoc-gen-swiftrpc"], path: "Sources/Plugins/GenerateGRPC"),

    // MARK: What tests share
    // Generated from Tests/Protos: messages with every kind of field, services of every kind.
    .target(
      name: "CTestMessages", dependencies: ["CProtobufC", "CProtobufMessages"],
      path: "Tests/CTestMessages", publicHeadersPath: "."),
    .target(
      name: "TestMessages", dependencies: ["Protobuf", "RPC", "CTestMessages"],
      path: "Tests/TestMessages", swiftSettings: swift),
    // Recodes messages that the tests in other languages send it.
    .executableTarget(
      name: "protobuf-echo", dependencies: ["Protobuf", "TestMessages"],
      path: "Tests/protobuf-echo", swiftSettings: swift),
    // Both sides of calls that do next to nothing, for `Scripts/bench`.
    .executableTarget(
      name: "rpc-bench", dependencies: ["EventLoop", "InteropMessages", "RPC", "RPCHTTP2"],
      path: "Tests/rpc-bench", swiftSettings: swift),
    // A disk in memory whose power can be cut, as a virtual file system of SQLite.
    .target(name: "CPowerCutVFS", dependencies: ["CSQLite"], path: "Tests/CPowerCutVFS"),
    // What tests of any module use: it depends on none.
    .target(name: "TestBasics", path: "Tests/TestBasics", swiftSettings: swift),
    // Stores that go away with their tests; systems outside of trackd that do as they are told.
    .target(
      name: "TestSupport",
      dependencies: [
        "EventLoop", "TrackController", "TrackDomain", "TrackStorePostgreSQL", "TrackStoreSQL",
        "TrackStoreSQLite",
      ],
      path: "Tests/TestSupport", swiftSettings: swift),

    // MARK: Tests
    .testTarget(name: "WireTests", dependencies: ["Wire"], swiftSettings: swift),
    .testTarget(name: "YAMLTests", dependencies: ["YAML"], swiftSettings: swift),
    .testTarget(
      name: "CryptoTests", dependencies: ["COpenSSL", "Crypto", "Wire"], swiftSettings: swift),
    .testTarget(
      name: "TLSTests", dependencies: ["Crypto", "EventLoop", "TLS"], swiftSettings: swift),
    .testTarget(name: "TelemetryTests", dependencies: ["Telemetry"], swiftSettings: swift),
    .testTarget(
      name: "EventLoopTests", dependencies: ["CLinux", "EventLoop", "TestBasics"],
      swiftSettings: swift),
    .testTarget(name: "HTTP1Tests", dependencies: ["HTTP1", "Wire"], swiftSettings: swift),
    .testTarget(
      name: "HTTP2Tests",
      dependencies: ["CNGHTTP2", "CSessionMemory", "HTTP2", "Wire", "TestBasics"],
      swiftSettings: swift),
    .testTarget(
      name: "ProtobufTests",
      dependencies: ["CProtobufShim", "Protobuf", "RPC", "TestMessages", "TestBasics"],
      swiftSettings: swift),
    .testTarget(
      name: "SwiftRPCGeneratorTests",
      dependencies: ["Protobuf", "RPC", "SwiftRPCGenerator", "TestMessages", "Wire", "TestBasics"],
      swiftSettings: swift),
    .testTarget(
      name: "RPCTests",
      dependencies: ["RPC", "RPCCompression", "RPCInProcess", "Protobuf", "Wire", "TestBasics"],
      swiftSettings: swift),
    .testTarget(
      name: "RPCHTTP2Tests",
      dependencies: [
        "RPCHTTP2", "RPC", "HTTP1", "HTTP2", "EventLoop", "Protobuf", "CLinux", "Wire",
        "TestBasics",
      ],
      swiftSettings: swift),
    .testTarget(
      name: "RPCCompressionTests",
      dependencies: ["RPCCompression", "RPC"],
      swiftSettings: swift),
    .testTarget(
      name: "RPCServicesTests",
      dependencies: ["RPCServices", "RPC", "RPCHTTP2", "RPCInProcess", "EventLoop", "Protobuf"],
      swiftSettings: swift),
    // As another package uses the libraries: public API only, the language's default settings.
    .testTarget(
      name: "EmbeddingTests",
      dependencies: [
        "EventLoop", "Protobuf", "RPC", "RPCHTTP2", "RPCInProcess", "RPCServices", "TestMessages",
        "Wire",
      ]),
    .testTarget(
      name: "TrackDomainTests", dependencies: ["TrackDomain", "Wire"], swiftSettings: swift),
    .testTarget(
      name: "TrackAccessTests", dependencies: ["TrackAccess", "TrackDomain"], exclude: ["Inputs"],
      swiftSettings: swift),
    .testTarget(
      name: "TrackControllerTests",
      dependencies: [
        "EventLoop", "TrackController", "TrackDomain", "TrackStoreSQL", "TrackStoreSQLite",
        "TestSupport",
        "TestBasics",
      ],
      swiftSettings: swift),
    .testTarget(
      name: "TrackStoreSQLiteTests",
      dependencies: [
        "TrackStoreSQL", "TrackStoreSQLite", "TrackDomain", "EventLoop", "Telemetry", "CSQLite",
        "CPowerCutVFS",
        "TestSupport", "TestBasics",
      ],
      exclude: ["Inputs"], swiftSettings: swift),
    .testTarget(
      name: "TrackStorePostgreSQLTests",
      dependencies: [
        "EventLoop", "TrackStorePostgreSQL", "TrackStoreSQL", "TrackDomain", "TestSupport",
      ], swiftSettings: swift),
    .testTarget(
      name: "TrackGitTests",
      dependencies: ["EventLoop", "TestSupport", "TrackDomain", "TrackGit", "TestBasics"],
      swiftSettings: swift),
    .testTarget(
      name: "TrackSourceConfigTests",
      dependencies: ["EventLoop", "TrackDomain", "TrackSourceConfig", "TestBasics", "YAML"],
      exclude: ["Inputs"],
      swiftSettings: swift),
    .testTarget(
      name: "TrackRemotesTests",
      dependencies: [
        "EventLoop", "IntegrationMessages", "Protobuf", "RPC", "RPCHTTP2", "Telemetry",
        "TestSupport", "TrackDomain", "TrackMapping", "TrackMessages", "TrackRemotes",
        "TestBasics",
      ], swiftSettings: swift),
    // What every store promises, on each of them.
    .testTarget(
      name: "StoreContractTests",
      dependencies: [
        "EventLoop", "TestSupport", "TrackDomain", "TrackStorePostgreSQL", "TrackStoreSQL",
        "TrackStoreSQLite",
      ],
      swiftSettings: swift),
    // Copies from one store to the other.
    .testTarget(
      name: "StoreCopyTests",
      dependencies: [
        "TestBasics", "TestSupport", "TrackDomain", "TrackStorePostgreSQL", "TrackStoreSQL",
        "TrackStoreSQLite",
      ],
      swiftSettings: swift),
    .testTarget(
      name: "TrackServicesTests",
      dependencies: [
        "Protobuf", "RPC", "RPCInProcess", "TrackAccess", "TrackController", "TrackDomain",
        "TrackMessages", "TrackServices", "TrackStoreSQL", "TrackStoreSQLite", "TestSupport",
        "Wire",
      ], swiftSettings: swift),
    .testTarget(
      name: "TrackdTests",
      dependencies: [
        "trackd", "Crypto", "EventLoop", "HTTP2", "RPCHTTP2", "Telemetry", "TrackController",
        "TrackDomain",
        "TrackAccess", "TrackGit", "TrackRemotes", "TrackServices", "TrackStorePostgreSQL",
        "TrackStoreSQL", "TrackStoreSQLite", "RPC", "TestSupport", "Wire",
      ],
      swiftSettings: swift),
    .testTarget(
      name: "TrackctlTests",
      dependencies: [
        "trackctl", "Crypto", "Protobuf", "RPC", "RPCHTTP2", "TLS", "TrackMessages",
      ],
      swiftSettings: swift),
  ]
)

// MARK: Fuzzers
// Only where Scripts/fuzz builds them: they need a fuzzer's library and its instrumentation.
if Context.environment["TRACKD_FUZZ"] != nil {
  package.targets += [
    .systemLibrary(name: "CFuzzer", path: "Tests/Fuzz/CFuzzer"),
    .executableTarget(
      name: "fuzz",
      dependencies: [
        "CFuzzer", "Crypto", "HTTP1", "HTTP2", "Protobuf", "RPC", "RPCCompression",
        "SwiftRPCGenerator", "Telemetry", "TestMessages", "TrackAccess", "TrackDomain", "Wire",
      ], path: "Tests/Fuzz", exclude: ["CFuzzer", "corpus", "dictionaries"],
      sources: ["Driver", "Targets"], swiftSettings: swift),
  ]
}
