// bulwatt-simbus: the one local control socket that drives the whole simulated world; and a client for one command.
#include <cstdio>

#include "peers/simbus/client.hpp"
#include "peers/simbus/options.hpp"
#include "peers/simbus/server.hpp"

namespace {

using namespace bulwatt::simbus;

void serve(const std::string& path) {
  Loop loop;
  const Server server(loop, path);
  loop.run();
}

void give_command(const std::string& path, const std::string& words) {
  const Json answer = ask(path, {{"command", words}});
  if (answer["ok"] != true) throw std::runtime_error(text_of(answer, "error"));
  Json shown = answer;
  shown.erase("id");
  std::fputs((shown.dump(2) + '\n').c_str(), stdout);
}

void run(const Options& options) {
  const std::string words = options.text("ask");
  if (words.empty()) return serve(options.text("socket"));
  give_command(options.text("socket"), words);
}

}  // namespace

int main(int argc, char** argv) {
  Options options("bulwatt-simbus",
                  "Hub of the simulated world: passes events, commands and answers between its parts.",
                  {{"socket", "PATH", "Unix socket to listen on", "", true},
                   {"ask", "WORDS", "give one command to the hub that runs there, such as 'fault no_diode', and end"}});
  return run_program(argc, argv, std::move(options), run);
}
