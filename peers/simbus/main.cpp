// bulwatt-simbus: the one local control socket that drives the whole simulated world.
#include "peers/simbus/options.hpp"
#include "peers/simbus/server.hpp"

namespace {

void serve(const bulwatt::simbus::Options& options) {
  bulwatt::simbus::Loop loop;
  const bulwatt::simbus::Server server(loop, options.text("socket"));
  loop.run();
}

}  // namespace

int main(int argc, char** argv) {
  using namespace bulwatt::simbus;
  Options options("bulwatt-simbus",
                  "Hub of the simulated world: passes events, commands and answers between its parts.",
                  {{.name = "socket", .placeholder = "PATH", .help = "Unix socket to listen on", .required = true}});
  return run_program(argc, argv, std::move(options), serve);
}
