#include "tools/manifest/command.hpp"

#include <doctest/doctest.h>

#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "tools/manifest/station_for_tests.hpp"
#include "tools/manifest/views.hpp"

namespace bulwatt::manifest {
namespace {

struct Run {
  int code;
  std::string out;
  std::string err;
};

Run run(const std::vector<std::string_view>& arguments) {
  std::ostringstream out;
  std::ostringstream err;
  auto* old_out = std::cout.rdbuf(out.rdbuf());
  auto* old_err = std::cerr.rdbuf(err.rdbuf());
  const auto code = run_command(arguments);
  std::cout.rdbuf(old_out);
  std::cerr.rdbuf(old_err);
  return {code, out.str(), err.str()};
}

constexpr std::string_view kStation = BULWATT_SOURCE_DIR "/system/bulwatt.toml";
constexpr std::string_view kFaulty = BULWATT_SOURCE_DIR "/system/negative/rate_zero.toml";

TEST_CASE("a good manifest is called good, a faulty one is refused by every verb") {
  CHECK(run({"check", kStation}).code == kExitGood);
  for (const auto verb : {"check", "show", "graph", "table", "secpol", "probe"}) {
    INFO(verb);
    CHECK(run({verb, kStation}).code == kExitGood);
    const auto refused = run({verb, kFaulty});
    CHECK(refused.code == kExitRefused);
    CHECK(refused.out.empty());
    CHECK(refused.err.find("rate_zero.toml:") != std::string::npos);
  }
}

TEST_CASE("a wrong command line is answered with one sentence and where to look") {
  struct Case {
    std::vector<std::string_view> arguments;
    std::string_view says;
  };
  const Case cases[] = {
      {{"chekc", kStation}, "there is no verb \"chekc\"; did you mean \"check\"?"},
      {{"check"}, "check needs the manifest's file"},
      {{"check", "/nowhere/at/all.toml"}, "cannot read /nowhere/at/all.toml."},
      {{"check", kStation, "more"}, "one word too many: more."},
      {{"check", kStation, "--fast"}, "there is no option --fast."},
      {{"table", kStation, "--mermaid"}, "there is no option --mermaid."},
      {{"emit", kStation}, "emit needs --out FOLDER."},
      {{"emit", kStation, "--out"}, "--out needs a folder."},
      {{"show", kStation, "sesion"}, "there is no service \"sesion\"; did you mean \"session\"?"},
  };
  for (const auto& c : cases) {
    const auto result = run(c.arguments);
    INFO(result.err);
    CHECK(result.code == kExitUsage);
    CHECK(result.out.empty());
    CHECK(result.err.find(c.says) != std::string::npos);
    CHECK(result.err.find("See bulwatt-manifest --help.") != std::string::npos);
    CHECK(std::ranges::count(result.err, '\n') == 1);
  }
}

TEST_CASE("help is there for the asking, before and after a verb") {
  for (const auto& arguments :
       std::vector<std::vector<std::string_view>>{{"--help"}, {"help"}, {"-h"}, {"check", "--help"}}) {
    const auto result = run(arguments);
    CHECK(result.code == kExitGood);
    CHECK(result.out.starts_with("Usage: bulwatt-manifest"));
  }
  CHECK(run({}).code == kExitUsage);
}

TEST_CASE("show says what a service may do and what it may not be asked in a phase") {
  const auto session = run({"show", kStation, "session"}).out;
  CHECK(session.find("asks        power: interface power, answer within 50 ms") != std::string::npos);
  CHECK(session.find("in phase updating only RevokePermit, ReadStatus and SetLock") != std::string::npos);
  CHECK(session.find("may         set_phase and restart_station") != std::string::npos);
  CHECK(session.find("network     none") != std::string::npos);
  const auto power = run({"show", kStation, "power"}).out;
  CHECK(power.find("asks") == std::string::npos);
  CHECK(power.find("device      mcu, serial, read and write") != std::string::npos);
  const auto all = run({"show", kStation}).out;
  for (const auto& service : station().services) CHECK(all.find("service " + service.name + ":") != std::string::npos);
}

TEST_CASE("every conduit is an arrow in both drawings, a rule of the security policy and a row of the page") {
  const auto dot = run({"graph", kStation}).out;
  const auto mermaid = run({"graph", kStation, "--mermaid"}).out;
  const auto policy = run({"secpol", kStation}).out;
  const auto page = run({"table", kStation}).out;
  for (const auto& c : station().conduits) {
    const auto& from = c.client.text;
    const auto& to = c.server.text;
    CHECK(dot.find(cat("  ", from, " -> ", to, " [")) != std::string::npos);
    CHECK(mermaid.find(cat("  ", from, " -->|")) != std::string::npos);
    CHECK(policy.find(cat("allow bulwatt_", from, "_t bulwatt_", to, "_t : channel connect;")) != std::string::npos);
    CHECK(page.find(cat("| `", from, "` | `", to, "` | `", c.interface.text, "` |")) != std::string::npos);
  }
  CHECK(policy.find("bulwatt_hmi_t bulwatt_power_t") == std::string::npos);
  CHECK(policy.find("never run on QNX") != std::string::npos);
}

TEST_CASE("the probe matrix expects what the manifest says, for every service and operation") {
  const auto matrix = nlohmann::json::parse(run({"probe", kStation}).out);
  const auto expected = [&](std::string_view service, std::string_view operation) {
    for (const auto& entry : matrix["services"]) {
      if (entry["service"] != service) continue;
      for (const auto& row : entry["expect"]) {
        if (row["operation"] == operation)
          return cat(row["launch"].get<std::string>(), "/", row["steady"].get<std::string>(), "/",
                     row["unfiltered"].get<std::string>());
      }
    }
    return std::string{"missing"};
  };
  CHECK(matrix["operations"].size() >= 60);
  for (const auto& entry : matrix["services"]) CHECK(entry["expect"].size() == matrix["operations"].size());
  CHECK(expected("power", "log_line") == "allowed/allowed/allowed");
  CHECK(expected("power", "open_own_folder") == "ENOENT/killed/ENOENT");
  CHECK(expected("ledger", "create_own_file") == "allowed/allowed/allowed");
  CHECK(expected("ledger", "open_password_file") == "ENOENT/ENOENT/ENOENT");
  CHECK(expected("power", "open_password_file") == "ENOENT/killed/ENOENT");
  CHECK(expected("ocpp", "write_resolver") == "EACCES/EACCES/EACCES");
  CHECK(expected("ledger", "write_resolver") == "ENOENT/ENOENT/ENOENT");
  CHECK(expected("ocpp", "tcp_socket") == "allowed/allowed/allowed");
  CHECK(expected("ocpp", "connect_other_port") == "EACCES/EACCES/EACCES");
  CHECK(expected("meter", "udp_socket") == "ENOSYS/killed/-");
  CHECK(expected("ocpp", "udp_socket") == "allowed/allowed/allowed");
  CHECK(expected("hmi", "accept") == "allowed/allowed/allowed");
  CHECK(expected("hmi", "bind_port") == "ENOSYS/killed/EACCES");
  CHECK(expected("power", "line_settings") == "allowed/allowed/allowed");
  CHECK(expected("vault", "lock_memory") == "allowed/killed/allowed");
  CHECK(expected("ledger", "lock_memory") == "EPERM/killed/EPERM");
  CHECK(expected("meter", "make_executable") == "allowed/killed/-");
  CHECK(expected("session", "make_executable") == "ENOSYS/killed/-");
  for (const auto& service : station().services) {
    CHECK(expected(service.name, "fork") == "ENOSYS/killed/EAGAIN");
    CHECK(expected(service.name, "trace_neighbour") == "ENOSYS/killed/ESRCH");
    CHECK(expected(service.name, "abort_neighbour") == "ESRCH/ESRCH/ESRCH");
    CHECK(expected(service.name, "send_descriptor") == "EPERM/EPERM/EPERM");
    CHECK(expected(service.name, "write_execute_memory") == "ENOSYS/killed/-");
  }
}

TEST_CASE("every operation of the probe is one name, one sentence, and comes after one that exists") {
  for (const auto& one : probe::kOperations) {
    CAPTURE(std::string{one.name});
    CHECK(probe::find_operation(one.name) == &one);
    CHECK_FALSE(one.words.empty());
    CHECK((one.after.empty() || probe::find_operation(one.after) != nullptr));
  }
}

}  // namespace
}  // namespace bulwatt::manifest
