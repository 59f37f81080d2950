/// What `rpc-interop --help` prints.
enum HelpText {
  static let text = """
    rpc-interop: gRPC's interoperability tests.
      rpc-interop server --port=PORT [--host=ADDRESS]
      rpc-interop client --server_host=HOST --server_port=PORT --test_case=CASE
      rpc-interop proxy --port=PORT --backend=HOST:PORT [--host=ADDRESS]

    server, proxy:
      --port                 port to listen on; 0 takes a free one, which the first line names
      --host                 address to listen on [127.0.0.1]
    server, client:
      --use_tls              true for TLS [false]
      --ca_file              authorities in PEM; a server with them asks for certificates, a client
                             without them believes the system's
      --cert_file, --key_file
                             the own certificate and its key, in PEM
    proxy:
      --backend              server that every call is forwarded to
    client:
      --server_host          name or address of the server, or a target of gRPC without its port:
                             dns:///HOST, or ipv4:A:PORT,B, whose first port that answers is taken
      --server_port          its port
      --server_host_override sent as :authority in the place of the server's host and port
      --service_config_json  timeouts, sizes and retries of calls, as gRPC's service config
      --test_case            one of those below
    client, rpc_soak and channel_soak:
      --soak_iterations                              calls of all tasks together [10]
      --soak_max_failures                            calls that may fail or be late [0]
      --soak_per_iteration_max_acceptable_latency_ms a call that takes longer is late [1000]
      --soak_overall_timeout_seconds                 of the whole test [iterations * latency]
      --soak_min_time_ms_between_rpcs                between the starts of a task's calls [0]
      --soak_request_size                            bytes of each request's payload [271828]
      --soak_response_size                           bytes of each response's payload [314159]
      --soak_num_threads                             tasks that call at the same time [1]

    test cases:
    \(TestCase.allCases.map { "  \($0.rawValue)" }.joined(separator: "\n"))

    """
}
