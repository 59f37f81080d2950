// The compressed test cases of gRPC's interoperability document, and a server of them, on Debian's
// gRPC C++.
// usage: interop server            prints "listening on 127.0.0.1:PORT", serves until SIGTERM
//        interop client PORT CASE  exits 1 when the case fails
#include <grpcpp/grpcpp.h>
#include <signal.h>

#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "grpc/testing/test.grpc.pb.h"

// gRPC's own interop programs learn by this function whether the last message came compressed.
uint32_t grpc_call_test_only_get_message_flags(grpc_call* call);

namespace grpc::testing {
constexpr uint32_t kWasCompressed = 0x40000000;

// Friends of the contexts, declared there for this purpose.
class InteropServerContextInspector {
 public:
  static bool WasCompressed(const ServerContext& context) {
    return grpc_call_test_only_get_message_flags(context.call_.call) & kWasCompressed;
  }
};

class InteropClientContextInspector {
 public:
  static bool WasCompressed(const ClientContext& context) {
    return grpc_call_test_only_get_message_flags(context.call_) & kWasCompressed;
  }
};

static Payload Zeros(int size) {
  Payload payload;
  payload.set_body(std::string(size, '\0'));
  return payload;
}

class Service final : public TestService::Service {
  Status UnaryCall(ServerContext* context, const SimpleRequest* request,
                   SimpleResponse* response) override {
    if (!IsAsExpected(*context, *request)) return Unexpected();
    context->set_compression_level(request->response_compressed().value()
                                       ? GRPC_COMPRESS_LEVEL_HIGH
                                       : GRPC_COMPRESS_LEVEL_NONE);
    *response->mutable_payload() = Zeros(request->response_size());
    return Status::OK;
  }

  Status StreamingInputCall(ServerContext* context,
                            ServerReader<StreamingInputCallRequest>* reader,
                            StreamingInputCallResponse* response) override {
    StreamingInputCallRequest request;
    int size = 0;
    while (reader->Read(&request)) {
      if (!IsAsExpected(*context, request)) return Unexpected();
      size += request.payload().body().size();
    }
    response->set_aggregated_payload_size(size);
    return Status::OK;
  }

  Status StreamingOutputCall(ServerContext* context, const StreamingOutputCallRequest* request,
                             ServerWriter<StreamingOutputCallResponse>* writer) override {
    context->set_compression_level(GRPC_COMPRESS_LEVEL_HIGH);
    for (const auto& parameters : request->response_parameters()) {
      StreamingOutputCallResponse response;
      *response.mutable_payload() = Zeros(parameters.size());
      WriteOptions options;
      if (!parameters.compressed().value()) options.set_no_compression();
      if (!writer->Write(response, options)) break;
    }
    return Status::OK;
  }

  template <typename Request>
  static bool IsAsExpected(const ServerContext& context, const Request& request) {
    return !request.has_expect_compressed() ||
           request.expect_compressed().value() ==
               InteropServerContextInspector::WasCompressed(context);
  }

  static Status Unexpected() {
    return Status(StatusCode::INVALID_ARGUMENT, "not compressed as expected");
  }
};

static void Expect(bool condition, const std::string& what) {
  if (condition) return;
  std::cerr << what << "\n";
  std::exit(1);
}

static void ExpectCode(const Status& status, StatusCode code) {
  Expect(status.error_code() == code, "status " + std::to_string(status.error_code()) + ": " +
                                          status.error_message());
}

static SimpleRequest LargeRequest() {
  SimpleRequest request;
  request.set_response_size(314159);
  *request.mutable_payload() = Zeros(271828);
  return request;
}

static void CallUnary(TestService::Stub& tests, ClientContext& context,
                      const SimpleRequest& request, StatusCode code) {
  SimpleResponse response;
  ExpectCode(tests.UnaryCall(&context, request, &response), code);
  Expect(code != StatusCode::OK || response.payload().body().size() == 314159, "size");
}

static void ClientCompressedUnary(TestService::Stub& tests) {
  SimpleRequest request = LargeRequest();
  request.mutable_expect_compressed()->set_value(true);
  ClientContext probe;
  CallUnary(tests, probe, request, StatusCode::INVALID_ARGUMENT);
  for (bool compressed : {true, false}) {
    ClientContext context;
    if (compressed) context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
    request.mutable_expect_compressed()->set_value(compressed);
    CallUnary(tests, context, request, StatusCode::OK);
  }
}

static void ServerCompressedUnary(TestService::Stub& tests) {
  for (bool compressed : {true, false}) {
    SimpleRequest request = LargeRequest();
    request.mutable_response_compressed()->set_value(compressed);
    ClientContext context;
    CallUnary(tests, context, request, StatusCode::OK);
    Expect(InteropClientContextInspector::WasCompressed(context) == compressed, "flag");
  }
}

static StreamingInputCallRequest Input(int size, bool expect_compressed) {
  StreamingInputCallRequest request;
  *request.mutable_payload() = Zeros(size);
  request.mutable_expect_compressed()->set_value(expect_compressed);
  return request;
}

static void ClientCompressedStreaming(TestService::Stub& tests) {
  StreamingInputCallResponse response;
  {
    ClientContext probe;
    auto writer = tests.StreamingInputCall(&probe, &response);
    writer->Write(Input(27182, true));
    writer->WritesDone();
    ExpectCode(writer->Finish(), StatusCode::INVALID_ARGUMENT);
  }
  ClientContext context;
  context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  auto writer = tests.StreamingInputCall(&context, &response);
  Expect(writer->Write(Input(27182, true)), "first write");
  Expect(writer->Write(Input(45904, false), WriteOptions().set_no_compression()), "second write");
  writer->WritesDone();
  ExpectCode(writer->Finish(), StatusCode::OK);
  Expect(response.aggregated_payload_size() == 73086, "sum");
}

static void ServerCompressedStreaming(TestService::Stub& tests) {
  const std::vector<std::pair<int, bool>> parts = {{31415, true}, {92653, false}};
  StreamingOutputCallRequest request;
  for (auto [size, compressed] : parts) {
    auto* parameters = request.add_response_parameters();
    parameters->set_size(size);
    parameters->mutable_compressed()->set_value(compressed);
  }
  ClientContext context;
  auto reader = tests.StreamingOutputCall(&context, request);
  StreamingOutputCallResponse response;
  for (auto [size, compressed] : parts) {
    Expect(reader->Read(&response), "response");
    Expect(response.payload().body().size() == static_cast<size_t>(size), "size");
    Expect(InteropClientContextInspector::WasCompressed(context) == compressed, "flag");
  }
  Expect(!reader->Read(&response), "more than two responses");
  ExpectCode(reader->Finish(), StatusCode::OK);
}

static int Serve() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  Service service;
  int port = 0;
  ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  auto server = builder.BuildAndStart();
  std::cout << "listening on 127.0.0.1:" << port << std::endl;
  int signal = 0;
  sigwait(&signals, &signal);
  server->Shutdown();
  return 0;
}

static int Call(const std::string& port, const std::string& name) {
  TestService::Stub tests(CreateChannel("127.0.0.1:" + port, InsecureChannelCredentials()));
  if (name == "client_compressed_unary") ClientCompressedUnary(tests);
  else if (name == "server_compressed_unary") ServerCompressedUnary(tests);
  else if (name == "client_compressed_streaming") ClientCompressedStreaming(tests);
  else if (name == "server_compressed_streaming") ServerCompressedStreaming(tests);
  else return 2;
  return 0;
}
}  // namespace grpc::testing

int main(int count, char** arguments) {
  const std::vector<std::string> words(arguments + 1, arguments + count);
  if (words.size() == 1 && words[0] == "server") return grpc::testing::Serve();
  if (words.size() == 3 && words[0] == "client") return grpc::testing::Call(words[1], words[2]);
  return 2;
}
