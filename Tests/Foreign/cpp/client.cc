// A client on Debian's gRPC: health, a catalog, a track created and read, a refusal with its details.
// usage: client ADDRESS ID [CA [CERTIFICATE KEY]]
// Prints what it saw, one "name: value" a line; exits 1 when a call fails. With files in PEM it
// speaks TLS.
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>

#include "deploymenttrack_v1.h"
#include "grpc/health/v1/health.grpc.pb.h"

namespace dt = deploymenttrack::v1;

static void give(grpc::ClientContext& context) {
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
}

static void need(const grpc::Status& status, const char* call) {
  if (status.ok()) return;
  std::cerr << call << ": " << status.error_code() << " " << status.error_message() << "\n";
  std::exit(1);
}

static std::string content(const char* path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

static std::shared_ptr<grpc::ChannelCredentials> credentials(int count, char** arguments) {
  if (count == 3) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = content(arguments[3]);
  if (count == 6) {
    options.pem_cert_chain = content(arguments[4]);
    options.pem_private_key = content(arguments[5]);
  }
  return grpc::SslCredentials(options);
}

int main(int count, char** arguments) {
  if (count != 3 && count != 4 && count != 6) return 2;
  const std::string id = arguments[2];
  auto channel = grpc::CreateChannel(arguments[1], credentials(count, arguments));
  auto health = grpc::health::v1::Health::NewStub(channel);
  auto catalog = dt::CatalogService::NewStub(channel);
  auto tracks = dt::DeploymentTrackService::NewStub(channel);
  {
    grpc::ClientContext context;
    give(context);
    grpc::health::v1::HealthCheckResponse reply;
    need(health->Check(&context, {}, &reply), "Check");
    std::cout << "health: " << reply.status() << "\n";
  }
  {
    grpc::ClientContext context;
    give(context);
    dt::PutOrganizationRequest request;
    request.mutable_organization()->set_id("org-" + id);
    request.mutable_organization()->set_tier(dt::ORGANIZATION_TIER_PAID);
    dt::PutOrganizationResponse reply;
    need(catalog->PutOrganization(&context, request, &reply), "PutOrganization");
  }
  {
    grpc::ClientContext context;
    give(context);
    dt::PutProjectRequest request;
    request.mutable_project()->set_id("prj-" + id);
    request.mutable_project()->set_organization_id("org-" + id);
    dt::PutProjectResponse reply;
    need(catalog->PutProject(&context, request, &reply), "PutProject");
  }
  {
    grpc::ClientContext context;
    give(context);
    dt::PutComponentRequest request;
    auto* component = request.mutable_component();
    component->set_id("cmp-" + id);
    component->set_project_id("prj-" + id);
    component->set_type(dt::COMPONENT_TYPE_SERVICE);
    component->set_image_source(dt::IMAGE_SOURCE_BUILD);
    dt::PutComponentResponse reply;
    need(catalog->PutComponent(&context, request, &reply), "PutComponent");
  }
  std::string track;
  {
    grpc::ClientContext context;
    give(context);
    dt::CreateDeploymentTrackRequest request;
    request.set_component_id("cmp-" + id);
    request.set_api_version("v1.2");
    request.set_branch("feature%2Fx");
    request.set_description("über alles");
    dt::CreateDeploymentTrackResponse reply;
    need(tracks->CreateDeploymentTrack(&context, request, &reply), "CreateDeploymentTrack");
    track = reply.deployment_track().id();
    std::cout << "branch: " << reply.deployment_track().branch() << "\n";
  }
  {
    grpc::ClientContext context;
    give(context);
    dt::GetDeploymentTrackRequest request;
    request.set_component_id("cmp-" + id);
    request.set_deployment_track_id(track);
    dt::GetDeploymentTrackResponse reply;
    need(tracks->GetDeploymentTrack(&context, request, &reply), "GetDeploymentTrack");
    std::cout << "version: " << reply.deployment_track().api_version() << "\n"
              << "description: " << reply.deployment_track().description() << "\n"
              << "latest: " << reply.deployment_track().latest() << "\n";
  }
  {
    grpc::ClientContext context;
    give(context);
    dt::GetDeploymentTrackRequest request;
    request.set_component_id("cmp-" + id);
    request.set_deployment_track_id("nothing");
    dt::GetDeploymentTrackResponse reply;
    auto status = tracks->GetDeploymentTrack(&context, request, &reply);
    std::cout << "refusal: " << status.error_code() << "\n"
              << "details: " << (status.error_details().empty() ? "no" : "yes") << "\n";
  }
}
