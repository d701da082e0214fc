// bulwatt-csms: a strict little OCPP 2.0.1 CSMS for tests of charging stations; and its certificate authority.
#include <openssl/ssl.h>

#include <sys/epoll.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <sstream>

#include "peers/csms/clock.hpp"
#include "peers/csms/commands.hpp"
#include "peers/csms/witness.hpp"
#include "peers/simbus/options.hpp"

namespace {

using namespace bulwatt;
using namespace bulwatt::csms;
using simbus::BadUsage;
using simbus::Options;

constexpr char kSeparator = '\n';  // between the values of an option that may stand several times

const std::vector<simbus::Option> kServeOptions{
    {"listen", "ADDRESS", "IPv4 address to listen on", "127.0.0.1"},
    {"port", "N", "TCP port, 0 for any free one", "9000"},
    {"port-file", "FILE", "write the port there once it listens"},
    {"profile", "N", "OCPP security profile: 1 Basic, 2 TLS and Basic, 3 TLS with client certificate, 0 none", "3"},
    {"pki", "DIR", "folder of the certificate authority (made when missing); needed for profiles 2 and 3"},
    {"tls-policy", "NAME", "hybrid-required, level5, hybrid-preferred or classical", "hybrid-required"},
    {"password", "ID=TEXT", "Basic password of a station, '*=TEXT' for every other; may stand several times"},
    {"token", "NAME=STATUS", "authorization of an id token, such as 04A2=Accepted; may stand several times"},
    {"accept-all", "", "tokens without an entry are Accepted instead of Unknown"},
    {"boot", "STATUS", "answer to BootNotification: accepted, pending or rejected", "accepted"},
    {"interval", "SECONDS", "heartbeat interval, or time to the next BootNotification", "300"},
    {"schemas", "DIR", "folder with the JSON schemas of OCPP 2.0.1: every message is checked against them"},
    {"db", "FILE", "SQLite data base", ":memory:"},
    {"bus", "PATH", "simulation bus to join as 'csms'"},
    {"witness", "DIR", "witness and mirror the ledgers of stations, and remember in this folder (made when missing)"},
    {"witness-name", "NAME", "name in the keys it signs by", "bulwatt.invalid/csms"},
    {"takeover", "", "a second connection of a station replaces the first instead of being refused"},
    {"rate", "N", "messages per second a station may send on average", "50"},
    {"call-timeout", "SECONDS", "how long a station may take to answer", "10"},
    {"quiet", "", "print violations and failures only"}};

const std::vector<simbus::Option> kPkiOptions{
    {"dir", "DIR", "folder of the certificate authority", "", true},
    {"host", "NAME", "further name or address of the server certificate; may stand several times"},
    {"station", "IDENTITY", "make a certificate for this station"},
    {"csr", "FILE", "sign this request (PEM) for the station, instead of making a key too"},
    {"out", "FILE", "where the signed certificate goes (default DIR/station-IDENTITY.pem)"}};

/// Options that may stand several times are joined into one.
std::vector<std::string> merged(std::vector<std::string> arguments, const std::set<std::string>& repeatable) {
  std::vector<std::string> result;
  std::map<std::string, std::string> values;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto equals = arguments[i].find('=');
    const std::string name = arguments[i].substr(0, equals);
    if (!repeatable.contains(name)) {
      result.push_back(arguments[i]);
      continue;
    }
    if (equals == std::string::npos && i + 1 == arguments.size()) throw BadUsage(name + " needs a value");
    const std::string value = equals == std::string::npos ? arguments[++i] : arguments[i].substr(equals + 1);
    values[name] += (values[name].empty() ? "" : std::string(1, kSeparator)) + value;
  }
  for (const auto& [name, value] : values) result.insert(result.end(), {name, value});
  return result;
}

std::vector<std::string> several(const std::string& text) {
  std::vector<std::string> all;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line, kSeparator);) all.push_back(line);
  return all;
}

std::map<std::string, std::string> pairs(const std::string& option, const std::string& text) {
  std::map<std::string, std::string> all;
  for (const auto& one : several(text)) {
    const auto equals = one.find('=');
    if (equals == std::string::npos || equals == 0) throw BadUsage("--" + option + " is NAME=VALUE, not '" + one + "'");
    all[one.substr(0, equals)] = one.substr(equals + 1);
  }
  return all;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read '" + path + "'");
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const std::string& path, const std::string& text) {
  const std::string draft = path + ".new";
  std::ofstream(draft, std::ios::binary) << text;
  std::filesystem::rename(draft, path);
}

void make_certificates(const Options& options) {
  const std::string station = options.text("station");
  if (station.empty() && !options.text("csr").empty()) throw BadUsage("--csr needs --station");
  const Pki pki(options.text("dir"), several(options.text("host")));
  std::printf("root %s\n", (pki.folder() / "root.pem").c_str());
  if (station.empty()) return;
  const std::string own = (pki.folder() / ("station-" + station + ".pem")).string();
  if (options.text("csr").empty()) {
    pki.make_station(station);
    std::printf("station %s\n", own.c_str());
    return;
  }
  const std::string out = options.text("out").empty() ? own : options.text("out");
  write_file(out, pki.sign(read_file(options.text("csr")), station));
  std::printf("station %s\n", out.c_str());
}

Settings settings_from(const Options& options) {
  Settings settings;
  const auto boot = boot_status_from(options.text("boot"));
  if (!boot) throw BadUsage("--boot must be accepted, pending or rejected, not '" + options.text("boot") + "'");
  settings.boot = *boot;
  settings.boot_interval_s = options.integer("interval", 0, 86'400);
  settings.accept_all = options.flag("accept-all");
  settings.calls_per_second = options.integer("rate", 1, 100'000);
  settings.call_timeout_ms = options.integer("call-timeout", 1, 3'600) * 1000;
  settings.tokens = pairs("token", options.text("token"));
  for (const auto& [name, status] : settings.tokens)
    if (!token_status_from(status)) throw BadUsage("'" + status + "' is no authorization status of OCPP 2.0.1");
  return settings;
}

tls::Policy policy_from(const std::string& text) {
  constexpr auto kNames = enum_names(tls::Policy{});
  const auto found = std::ranges::find(kNames, text);
  if (found == kNames.end()) throw BadUsage("--tls-policy '" + text + "' is not known; see --help");
  return static_cast<tls::Policy>(found - kNames.begin());
}

std::optional<tls::Context> context_from(const Options& options, const Pki* pki, int profile) {
  if (profile < 2) return std::nullopt;
  if (pki == nullptr) throw BadUsage("security profile " + std::to_string(profile) + " needs --pki DIR");
  const std::string chain = pki->server_chain_pem();
  const std::string key = pki->server_key_pem();
  const std::string root = pki->root_pem();
  tls::ContextOptions wanted;
  wanted.role = tls::Role::server;
  wanted.policy = policy_from(options.text("tls-policy"));
  wanted.chain_pem = chain;
  wanted.key_pem = key;
  wanted.require_client_certificate = profile == 3;
  if (profile == 3) wanted.trust_anchors_pem = root;
  auto context = tls::Context::make(wanted);
  if (!context) throw std::runtime_error("TLS: " + std::string{context.error().detail.view()});
  return std::move(*context);
}

void print_log(const std::string& line) {
  const std::string time = to_rfc3339(unix_ms_now());
  std::printf("%s %s\n", time.substr(11, 12).c_str(), line.c_str());
  std::fflush(stdout);
}

void serve(const Options& options) {
  Settings settings = settings_from(options);
  ListenOptions wanted;
  wanted.address = options.text("listen");
  wanted.port = static_cast<std::uint16_t>(options.integer("port", 0, 65'535));
  wanted.security_profile = static_cast<int>(options.integer("profile", 0, 3));
  wanted.passwords = pairs("password", options.text("password"));
  wanted.takeover = options.flag("takeover");
  const bool basic = wanted.security_profile == 1 || wanted.security_profile == 2;
  if (basic && wanted.passwords.empty()) throw BadUsage("Basic authentication needs --password ID=TEXT");

  std::unique_ptr<Pki> pki;
  if (!options.text("pki").empty()) pki = std::make_unique<Pki>(options.text("pki"));
  Store store(options.text("db"));
  const Schemas schemas = options.text("schemas").empty() ? Schemas() : Schemas(options.text("schemas"));
  simbus::Loop loop;
  std::unique_ptr<simbus::Client> bus;

  Surroundings surroundings{settings, store, schemas};
  if (pki) surroundings.sign = [&](const std::string& csr, const std::string& who) { return pki->sign(csr, who); };
  surroundings.publish = [&](const Json& event) {
    if (bus) event.value("once", false) ? bus->publish_once(event) : bus->publish(event);
  };
  const bool quiet = options.flag("quiet");
  surroundings.log = [quiet](const std::string& line) {
    if (!quiet || line.find("VIOLATION") != std::string::npos || line.find("refused") != std::string::npos)
      print_log(line);
  };
  std::unique_ptr<Witness> witness;
  if (!options.text("witness").empty()) {
    witness = std::make_unique<Witness>(options.text("witness"), options.text("witness-name"),
                                        Witness::Hooks{surroundings.log, surroundings.publish});
    wanted.on_post = [&](const std::string& path, const std::string& body) {
      auto answer = witness->post(path, body, unix_ms_now() / 1000);
      return PostAnswer{answer.status, std::string{answer.type}, std::move(answer.body)};
    };
  }
  Server server(loop, std::move(wanted), surroundings,
                context_from(options, pki.get(), static_cast<int>(options.integer("profile", 0, 3))));
  Commands commands(server, settings, store, [&](const Json& line, const Json& answer) { bus->answer(line, answer); });
  if (witness) commands.show_witness([&] { return witness->states(); });
  if (!options.text("bus").empty()) {
    simbus::Handlers handlers;
    handlers.on_command = [&](const simbus::Command& command) { return commands.take(command); };
    bus = std::make_unique<simbus::Client>(options.text("bus"), "csms", handlers);
    loop.watch(bus->fd(), EPOLLIN, [&](std::uint32_t) { bus->ready(); });
  }
  if (!options.text("port-file").empty()) write_file(options.text("port-file"), std::to_string(server.port()) + "\n");
  print_log("listens on port " + std::to_string(server.port()) + ", security profile " + options.text("profile") +
            (schemas.empty() ? ", no schemas" : ", " + std::to_string(schemas.size()) + " schemas"));
  loop.run();
}

int run(int argc, char** argv) {
  const bool pki = argc > 1 && std::string(argv[1]) == "pki";
  Options options = pki ? Options("bulwatt-csms pki", "Test certificates: a root, a server, stations.", kPkiOptions)
                        : Options("bulwatt-csms",
                                  "A strict OCPP 2.0.1 CSMS for tests. 'bulwatt-csms pki --help' for its certificates.",
                                  kServeOptions);
  options.parse(merged({argv + (pki ? 2 : 1), argv + argc}, {"--password", "--token", "--host"}));
  if (options.wants_help()) return std::fputs(options.help().c_str(), stdout) < 0 ? 1 : 0;
  if (const auto old = tls::check_library())
    throw std::runtime_error("OpenSSL is too old: " + std::string{old->detail.view()});
  pki ? make_certificates(options) : serve(options);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const BadUsage& mistake) {
    std::fprintf(stderr, "bulwatt-csms: %s\n", mistake.what());
    return 2;
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "bulwatt-csms: %s\n", failure.what());
    return 1;
  }
}
