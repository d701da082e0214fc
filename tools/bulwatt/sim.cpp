// bulwatt sim, manifest: thin fronts of the simulation bus and of the manifest compiler.
#include <filesystem>
#include <iostream>

#include "peers/simbus/client.hpp"
#include "tools/bulwatt/command.hpp"
#include "tools/manifest/command.hpp"

namespace bulwatt::cli {
namespace {

constexpr const char* kDemoBus = "bulwatt-demo/run/sim.sock";

std::string bus_path(Arguments& arguments) {
  const char* from_environment = std::getenv("BULWATT_SIM");
  return option(arguments, "--bus", from_environment != nullptr ? from_environment : kDemoBus);
}

/// Every EVSE has a bus of its own: sim.sock, sim2.sock, …
std::string bus_of(const std::string& first, const std::string& evse) {
  if (evse == "1") return first;
  std::filesystem::path path{first};
  return path.replace_filename(path.stem().string() + evse + path.extension().string()).string();
}

void print_status(const simbus::Json& status) {
  for (const auto& [who, what] : status.items()) {
    std::cout << who << '\n';
    for (const auto& [key, value] : what.items()) {
      if (key != "ok" && key != "id")
        std::cout << "  " << key << ": " << (value.is_string() ? value.get<std::string>() : value.dump()) << '\n';
    }
  }
}

}  // namespace

int run_sim(const Arguments& given) {
  auto arguments = given;
  const auto evse = option(arguments, "--evse", "1");
  const auto path = bus_of(bus_path(arguments), evse);
  const bool as_json = flag(arguments, "--json");
  if (arguments.empty()) throw UsageError("say what to do");
  if (!std::filesystem::exists(path))
    throw Failure("there is no simulation bus at " + path + "; start one with `bulwatt demo`, or name it with --bus");
  simbus::Json command{{"command", arguments[0]}, {"args", Arguments{arguments.begin() + 1, arguments.end()}}};
  const auto answer = simbus::ask(path, command);
  const bool good = answer.value("ok", false);
  if (as_json) {
    std::cout << answer.dump() << '\n';
  } else if (!good) {
    throw Failure(answer.value("error", "refused without a reason"));
  } else if (answer.contains("status")) {
    print_status(answer["status"]);
  } else {
    std::cout << "done\n";
  }
  return good ? kGood : kFailed;
}

int run_manifest(const Arguments& arguments) {
  return manifest::run_command(std::vector<std::string_view>(arguments.begin(), arguments.end()));
}

}  // namespace bulwatt::cli
