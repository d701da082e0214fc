#include "tools/bulwatt/world.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <sstream>

#include "tools/bulwatt/command.hpp"

namespace bulwatt::cli {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr const char* kIdentity = "BULWATT-0001";
constexpr const char* kToken = "DEMO-CARD-1";
constexpr const char* kSecondToken = "DEMO-CARD-2";
constexpr const char* kEmaid = "DE8AATESTA00012";  // of the contract that `bulwatt pki make` makes
constexpr const char* kPassword = "a-demo-password-0001";
constexpr int kTickMs = 100;

/// A port nobody uses now; the station binds it a moment later.
int free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool bound = ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
                     ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(fd);
  if (!bound) throw Failure("no free port on the loopback address");
  return ntohs(address.sin_port);
}

std::string http_get(int port, const std::string& path) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval patience{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  std::string answer;
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) {
    const auto request = "GET " + path + " HTTP/1.1\r\nHost: localhost:" + std::to_string(port) + "\r\n\r\n";
    ::send(fd, request.data(), request.size(), MSG_NOSIGNAL);
    std::array<char, 4096> buffer{};
    ssize_t n = 0;
    while ((n = ::recv(fd, buffer.data(), buffer.size(), 0)) > 0)
      answer.append(buffer.data(), static_cast<std::size_t>(n));
  }
  ::close(fd);
  const auto body = answer.find("\r\n\r\n");
  return body == std::string::npos || !answer.starts_with("HTTP/1.1 200") ? std::string{} : answer.substr(body + 4);
}

std::string text_of(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

void write_text(const fs::path& path, const std::string& text) {
  std::ofstream file{path, std::ios::binary | std::ios::trunc};
  file << text;
  if (!file.flush()) throw Failure("cannot write " + path.string());
}

}  // namespace

World::World(const WorldOptions& options)
    : options_(options),
      programs_(fs::read_symlink("/proc/self/exe").parent_path()),
      run_(options.folder / "run"),
      state_(options.folder / "state"),
      children_(options.folder / "log") {
  fs::create_directories(run_);
  fs::create_directories(state_);
  for (const char* stale : {"csms.port", "reader.tty", "meter.tty"}) fs::remove(run_ / stale);
  for (int evse = 1; evse <= options.evses; ++evse) {
    fs::remove(at_evse("meter", ".port", evse));
    fs::remove(at_evse("sim", ".sock", evse));
    fs::remove(at_evse("mcu", ".tty", evse));
  }
}

void World::start(const std::function<void(const std::string&)>& say) {
  say("simulation bus, safety controller, car, card reader, energy meter");
  const auto bus = bus_path().string();
  children_.start("simbus", {program("bulwatt-simbus"), "--socket", bus});
  wait_for_file(bus_path(), "the simulation bus");
  bus_.emplace(bus, "demo", simbus::Handlers{.on_event = [this](const simbus::Json& event) {
                 if (handler_) handler_(event);
               }});
  children_.start("reader", {program("bulwatt-reader"), "--bus", bus, "--tty", (run_ / "reader.tty").string()});
  for (int evse = 1; evse <= options_.evses; ++evse) start_evse(evse);
  if (options_.car != "basic") start_evcc();
  wait_for_file(run_ / "reader.tty", "the card reader's line");

  say("backend, security profile " + std::to_string(options_.security_profile));
  std::vector<std::string> csms{program("bulwatt-csms"),
                                "--port",
                                "0",
                                "--port-file",
                                (run_ / "csms.port").string(),
                                "--bus",
                                bus,
                                "--profile",
                                std::to_string(options_.security_profile),
                                "--token",
                                std::string{kToken} + "=Accepted",
                                "--token",
                                std::string{kSecondToken} + "=Accepted",
                                "--token",
                                std::string{kEmaid} + "=Accepted",
                                "--db",
                                (options_.folder / "csms.sqlite").string(),
                                "--interval",
                                "60"};
  if (options_.security_profile >= 2) csms.insert(csms.end(), {"--pki", (options_.folder / "pki").string()});
  if (options_.security_profile <= 2) csms.insert(csms.end(), {"--password", std::string{kIdentity} + "=" + kPassword});
  children_.start("csms", csms);
  csms_port_ = wait_for_port(run_ / "csms.port");

  hmi_port_ = free_port();
  write_config();
  if (options_.security_profile >= 2) {
    say("keys and certificates: the station's private key is made in its vault and never leaves it");
    make_certificates();
  }
  say("station: one sandboxed process per job");
  children_.start("station", {program("bulwatt"), "run", "--config", config_path().string()});
}

void World::start_meter() {
  std::vector<std::string> words{
      program("bulwatt-metersim"),     "--bus", bus_path().string(), "--model", options_.meter, "--state",
      (state_ / "meter.json").string()};
  if (options_.meter_bus) words.insert(words.end(), {"--tty", (run_ / "meter.tty").string()});
  else words.insert(words.end(), {"--port", "0", "--port-file", (run_ / "meter.port").string()});
  children_.start("metersim", words);
  if (options_.meter_bus) wait_for_file(run_ / "meter.tty", "the energy meter's line");
  else meter_port_ = wait_for_port(run_ / "meter.port");
}

/// [devices] meter_bus and [meter].
std::string World::meter_config() const {
  std::ostringstream out;
  if (options_.meter_bus) out << "meter_bus = \"" << (run_ / "meter.tty").string() << "\"\n";
  out << "\n[meter]\nmodel = \"" << (options_.meter.starts_with("sunspec") ? "sunspec" : options_.meter)
      << "\"\npoll_ms = 250\n";
  if (options_.meter_bus) out << "transport = \"rtu\"\n";
  else out << "port = " << meter_port_ << '\n';
  return out.str();
}

fs::path World::at_evse(const std::string& name, const std::string& ending, int evse) const {
  return run_ / (name + (evse == 1 ? std::string{} : std::to_string(evse)) + ending);
}

/// Board, car and meter of one EVSE on a bus of their own: they do not see those of the others.
void World::start_evse(int evse) {
  const auto bus = at_evse("sim", ".sock", evse).string();
  const auto name = [&](const char* what) { return evse == 1 ? std::string{what} : what + std::to_string(evse); };
  if (evse > 1) {
    children_.start(name("simbus"), {program("bulwatt-simbus"), "--socket", bus});
    wait_for_file(bus, "the simulation bus of EVSE " + std::to_string(evse));
  }
  std::vector<std::string> board{program("bulwatt-board"), "--tty", at_evse("mcu", ".tty", evse).string(), "--bus",
                                 bus};
  if (direct() && evse == 1) board.emplace_back("--dc");
  children_.start(name("board"), board);
  children_.start(name("ev"), {program("bulwatt-ev"), "--bus", bus, "--speed", std::to_string(options_.speed)});
  wait_for_file(at_evse("mcu", ".tty", evse), "the safety controller's line");
  if (evse == 1) return start_meter();
  const auto port_file = at_evse("meter", ".port", evse);
  children_.start(name("metersim"), {program("bulwatt-metersim"), "--bus", bus, "--port", "0", "--port-file",
                                     port_file.string(), "--state", (state_ / (name("meter") + ".json")).string()});
  more_meter_ports_.push_back(wait_for_port(port_file));
}

/// The car of EVSE 1 speaks: its controller on the far end of a cable.
void World::start_evcc() {
  cable_.emplace();
  std::vector<std::string> words{program("bulwatt-evcc"),
                                 "--bus",
                                 bus_path().string(),
                                 "--interface",
                                 Cable::kCar,
                                 "--mode",
                                 direct() ? options_.car == "din-dc" ? "din-dc" : "iso2-dc" : "iso2-ac"};
  if (direct()) words.insert(words.end(), {"--max-current", "60"});
  if (secure()) {
    children_.run("v2g-pki", {program("bulwatt"), "pki", "make", v2g_pki().string(), "--station", kIdentity});
    words.insert(words.end(), {"--tls", "any", "--trust", (v2g_pki() / "v2g" / "root.pem").string()});
  }
  const auto contract = v2g_pki() / "mo" / "contract";
  if (pays())
    words.insert(words.end(), {"--contract", contract.string() + ".pem", "--contract-key", contract.string() + ".key"});
  if (options_.loop_ms > 0) words.insert(words.end(), {"--loop-ms", std::to_string(options_.loop_ms)});
  children_.start("evcc", cable_->inside(words));
}

simbus::Json World::status() const {
  return simbus::ask(bus_path().string(), {{"command", "status"}}).value("status", simbus::Json::object());
}

void World::trust_contracts() {
  const auto root = text_of(v2g_pki() / "mo" / "root.pem");
  const simbus::Json order = {{"certificateType", "MORootCertificate"}, {"certificate", root}};
  command("csms", {"call", "InstallCertificate", order.dump()});
  const auto log = run_ / "log" / "station.log";
  wait_for([&] { return text_of(log).find("cars may pay by contract") != std::string::npos; }, 30,
           "the station does not take the root of contracts");
}

void World::make_certificates() {
  const auto vault = state_ / "vault";
  fs::create_directories(vault);
  const auto pki = options_.folder / "pki";
  if (options_.security_profile == 3) {
    const auto request = children_.run("provision", {program("bulwatt"), "provision", "--config",
                                                     config_path().string(), "--organization", "Bulwatt demo"});
    // One request for each key; the backend's key is the first, that for cars the last, those of the ledger want no certificate.
    constexpr std::string_view kEnd = "-----END CERTIFICATE REQUEST-----\n";
    write_text(run_ / "station.csr", request.substr(0, request.find(kEnd) + kEnd.size()));
    children_.run("pki", {program("bulwatt-csms"), "pki", "--dir", pki.string(), "--station", kIdentity, "--csr",
                          (run_ / "station.csr").string(), "--out", (vault / "csms-client.pem").string()});
    if (secure()) {
      constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE REQUEST-----\n";
      write_text(run_ / "secc.csr", request.substr(request.rfind(kBegin)));
      children_.run("enrol",
                    {program("bulwatt"), "pki", "enrol", "--pki", v2g_pki().string(), "--issuer", "v2g/cpo-sub2",
                     "--request", (run_ / "secc.csr").string(), "--out", (vault / "secc.pem").string()});
    }
  }
  fs::copy_file(pki / "root.pem", vault / "trust-csms.pem", fs::copy_options::overwrite_existing);
}

void World::write_config() const {
  std::ostringstream out;
  const bool tls = options_.security_profile >= 2;
  out << "# Made by `bulwatt demo`. `bulwatt config example` explains every key.\n[station]\nprofile = "
         "\"developer\"\nmode = \""
      << options_.mode << "\"\nrun_folder = \"" << run_.string() << "\"\nstate_folder = \"" << state_.string()
      << "\"\n\n[devices]\n";
  for (int evse = 1; evse <= options_.evses; ++evse)
    out << "mcu" << (evse == 1 ? std::string{} : std::to_string(evse)) << " = \""
        << at_evse("mcu", ".tty", evse).string() << "\"\n";
  out << "reader = \"" << (run_ / "reader.tty").string() << "\"\n"
      << meter_config() << "\n[hmi]\nstation = \"Bulwatt demo station\"\nport = " << hmi_port_
      << "\n\n[ocpp]\ncsms_url = \"" << (tls ? "wss" : "ws") << "://localhost:" << csms_port_
      << "/ocpp\"\nidentity = \"" << kIdentity << "\"\nsecurity_profile = " << options_.security_profile << '\n';
  if (options_.security_profile <= 2) out << "basic_auth_password = \"" << kPassword << "\"\n";
  // Signed meter records take keys, which only this profile makes here.
  if (options_.security_profile == 3) out << "\n[session]\nmeter_records = true\n\n[meter.records]\nclock = \"S\"\n";
  out << "\n[session.settings]\nsample_interval = 5\n\n[session.tariff]\ncurrency = \"EUR\"\nper_kwh = 490000\ntax = "
         "1900\n";
  if (options_.evses > 1 || direct()) write_evses(out);
  if (cable_) out << "\n[[v2g.link]]\ninterface = \"" << cable_->station() << "\"\nevse_id = \"ZZ*BWT*E1\"\n";
  if (options_.security_profile == 3) {
    out << "\n[[vault.keys]]\nname = \"csms-client\"\npurpose = \"tls_client\"\nalgorithm = \"ecdsa_p256\"\nuser = "
           "\"ocpp\"\n";
    for (const auto& [name, algorithm] :
         {std::pair{"ledger-ed25519", "ed25519"}, std::pair{"ledger-ml-dsa-44", "ml_dsa_44"}})
      out << "\n[[vault.keys]]\nname = \"" << name << "\"\npurpose = \"checkpoint\"\nalgorithm = \"" << algorithm
          << "\"\nuser = \"ledger\"\n";
    for (const auto& [name, algorithm] :
         {std::pair{"meter-p256", "ecdsa_p256"}, std::pair{"meter-ml-dsa-65", "ml_dsa_65"}})
      out << "\n[[vault.keys]]\nname = \"" << name << "\"\npurpose = \"meter_record\"\nalgorithm = \"" << algorithm
          << "\"\nuser = \"meter\"\n";
    if (secure())
      out << "\n[[vault.keys]]\nname = \"secc\"\npurpose = \"secc_server\"\nalgorithm = \"ecdsa_p256\"\nuser = "
             "\"v2g\"\n";
  }
  write_text(config_path(), out.str());
}

void World::write_evses(std::ostream& out) const {
  for (int evse = 1; evse <= options_.evses; ++evse) {
    write_kind(out, evse);
    out << "\n[[power.outlets]]\nevse = " << evse << "\ndevice = " << evse << '\n';
    if (evse == 1) continue;
    out << "\n[[meter.more]]\nevse = " << evse << "\nport = " << more_meter_ports_[static_cast<std::size_t>(evse) - 2]
        << '\n';
  }
}

void World::write_kind(std::ostream& out, int evse) const {
  out << "\n[[session.evse]]\n";
  if (direct() && evse == 1) out << "connectors = [\"cCCS2\"]\ncurrent = \"direct\"\n";
  else out << "connectors = [\"cType2\"]\n";
}

void World::command(const std::string& name, const std::vector<std::string>& arguments) {
  const auto answer = simbus::ask(bus_path().string(), {{"command", name}, {"args", arguments}});
  if (!answer.value("ok", false))
    throw Failure("'" + name + "' was refused: " + answer.value("error", "no reason given"));
}

void World::wait_for(const std::function<bool()>& done, int seconds, const std::string& sentence) {
  const auto until = Clock::now() + std::chrono::seconds{seconds};
  while (!done()) {
    children_.check();
    if (Clock::now() > until) throw Failure(sentence + "; see the logs in " + (options_.folder / "log").string());
    pollfd p{bus_ ? bus_->fd() : -1, POLLIN, 0};
    if (::poll(&p, 1, kTickMs) > 0) bus_->ready();
  }
}

void World::wait_for_file(const fs::path& file, const std::string& what) {
  wait_for([&] { return fs::exists(fs::symlink_status(file)); }, 10, what + " did not start");
}

int World::wait_for_port(const fs::path& file) {
  int port = 0;
  wait_for([&] { return static_cast<bool>(std::ifstream{file} >> port) && port > 0; }, 10,
           file.stem().string() + " did not start");
  return port;
}

std::optional<simbus::Json> World::page_state() const {
  const auto text = http_get(hmi_port_, "/state");
  auto state = simbus::Json::parse(text, nullptr, false);
  if (state.is_discarded() || !state.is_object() || !state.contains("state")) return std::nullopt;
  return state;
}

}  // namespace bulwatt::cli
