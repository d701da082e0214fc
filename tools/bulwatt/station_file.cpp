#include "tools/bulwatt/station_file.hpp"

#include <charconv>

#include "tools/bulwatt/topology.hpp"

namespace bulwatt::station_file {
namespace {

namespace fs = std::filesystem;

struct Builder {
  supervisor::Station& station;
  std::vector<settings::Finding>& findings;

  void complain(const std::string& sentence) { findings.push_back({sentence}); }
  void path(supervisor::Path& to, const fs::path& from, std::string_view what) {
    const auto text = fs::absolute(from).lexically_normal().string();
    if (supervisor::Path::fits(text)) to = std::string_view{text};
    else complain(std::string{what} + " is longer than " + std::to_string(supervisor::kMaxPath) + " bytes: " + text);
  }
  void device(std::string_view name, const supervisor::Path& configured) {
    if (configured.empty()) return;
    supervisor::DevicePath entry{name, {}};
    path(entry.path, configured.view(), name);
    (void)station.devices.push_back(entry);
  }
  void port(std::string_view name, std::uint16_t number) { (void)station.ports.push_back({name, number}); }
  template <class Config>
  void config(std::string_view service, const Config& value) {
    static_assert(wire::max_size<Config>() <= supervisor::kMaxConfigBytes);
    supervisor::ServiceConfig entry{service, {}};
    entry.config.size = static_cast<std::uint16_t>(wire::encode(value, entry.config.data));
    (void)station.configs.push_back(entry);
  }
};

/// The port of a ws:// or wss:// address; 0 when it is none.
std::uint16_t port_of(std::string_view url) {
  const bool secure = url.starts_with("wss://");
  if (!secure && !url.starts_with("ws://")) return 0;
  auto authority = url.substr(secure ? 6 : 5);
  authority = authority.substr(0, authority.find('/'));
  const auto bracket = authority.rfind(']');
  const auto colon = authority.rfind(':');
  if (colon == std::string_view::npos || (bracket != std::string_view::npos && colon < bracket))
    return secure ? 443 : 80;
  std::uint16_t port = 0;
  const auto digits = authority.substr(colon + 1);
  const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  return end.ec == std::errc{} && end.ptr == digits.data() + digits.size() ? port : std::uint16_t{0};
}

/// The authority graph knows one port for each meter; a meter that is not there, or on the serial line, gets none: port 0
/// is nobody's.
void meter_ports(Builder& build, const File& file) {
  constexpr std::array<std::string_view, meter::kMaxMeters> kNames{"meter", "meter2", "meter3", "meter4"};
  std::array<std::uint16_t, kNames.size()> ports{};
  bool serial = false;
  const auto add = [&](std::size_t index, const meter::Place& place) {
    serial = serial || place.transport == meter::Protocol::rtu;
    if (place.transport == meter::Protocol::tcp) ports[index] = place.port;
  };
  add(0, file.meter.place());
  for (std::size_t i = 0; i < file.meter.more.size; ++i) add(i + 1, file.meter.more[i].place());
  for (std::size_t i = 0; i < kNames.size(); ++i) build.port(kNames[i], ports[i]);
  if (serial && file.devices.meter_bus.empty())
    build.complain("[devices] meter_bus is missing: a meter has transport = \"rtu\"");
}

/// The token's module is a file of this machine; the vault sees it under a name of its own.
void vault_devices(Builder& build, const File& file) {
  if (!file.vault.module.empty()) build.device("token_module", supervisor::Path{file.vault.module.view()});
  if (file.vault.backend == vault::keys::Kind::tpm && file.devices.tpm.empty())
    build.complain("[devices] tpm is missing: [vault] backend is \"tpm\"");
  if (file.vault.backend == vault::keys::Kind::pkcs11 && (file.vault.module.empty() || file.vault.token.empty()))
    build.complain("[vault] module or token is missing: [vault] backend is \"pkcs11\"");
}

/// The authority graph knows four links; a station has those that it names, and without one does not run the service.
void v2g_links(Builder& build, const File& file) {
  constexpr std::array<std::string_view, v2g::kMaxLinks> kNames{"car", "car2", "car3", "car4"};
  static_assert(kNames.size() == supervisor::kMaxLinks);
  if (file.v2g.links.empty()) return;
  if (const auto wrong = v2g::links_error(file.v2g); !wrong.empty())
    build.complain("[[v2g.link]] " + std::string{wrong});
  for (std::size_t i = 0; i < file.v2g.links.size; ++i) {
    const auto& link = file.v2g.links[i];
    const bool known =
        link.evse <= file.session.evses.size && link.connector <= file.session.evses[link.evse - 1U].connectors.size;
    if (!known) build.complain("[[v2g.link]] evse or connector is none of this station");
    (void)build.station.links.push_back({kNames[i], link.interface, link.tcp_port, link.tls_port});
  }
  build.config("v2g", file.v2g);
}

/// Records that nobody can sign would be asked for in vain, at every transaction.
void meter_keys(Builder& build, const File& file) {
  const auto has = [&](vault::Algorithm algorithm) {
    return std::ranges::any_of(file.vault.keys, [&](const auto& key) {
      return key.purpose == vault::Purpose::meter_record && key.user.view() == "meter" && key.algorithm == algorithm;
    });
  };
  if (file.session.meter_records && !has(vault::Algorithm::ecdsa_p256))
    build.complain(
        "[[vault.keys]] lacks one with purpose \"meter_record\", algorithm \"ecdsa_p256\" and user \"meter\": "
        "[session] meter_records wants it");
}

#if defined(__x86_64__)
constexpr const char* kLibraries = "/lib/x86_64-linux-gnu";
constexpr const char* kLoader = "/lib64/ld-linux-x86-64.so.2";
#elif defined(__aarch64__)
constexpr const char* kLibraries = "/lib/aarch64-linux-gnu";
constexpr const char* kLoader = "/lib/ld-linux-aarch64.so.1";
#endif

fs::path own_folder() { return fs::read_symlink("/proc/self/exe").parent_path(); }

}  // namespace

std::expected<std::unique_ptr<File>, std::vector<settings::Finding>> load(const fs::path& path) {
  std::vector<settings::Finding> findings;
  auto file = std::make_unique<File>();
  try {
    const auto table = toml::parse_file(path.string());
    settings::read(table, *file, path.string(), "", findings);
  } catch (const toml::parse_error& error) {
    std::string where = path.string();
    if (error.source().begin.line != 0) where += ":" + std::to_string(error.source().begin.line);
    findings.push_back({where + ": " + std::string{error.description()}});
  }
  if (!findings.empty()) return std::unexpected(std::move(findings));
  return file;
}

std::expected<std::unique_ptr<supervisor::Station>, std::vector<settings::Finding>> station_of(const File& file) {
  std::vector<settings::Finding> findings;
  auto station = std::make_unique<supervisor::Station>();
  Builder build{*station, findings};
  station->profile = file.station.profile;
  station->mode = file.station.mode;
  station->first_user = file.station.first_user;
  build.path(station->run_folder, file.station.run_folder.view(), "[station] run_folder");
  build.path(station->state_folder, file.station.state_folder.view(), "[station] state_folder");
  build.path(station->program_folder,
             file.station.program_folder.empty() ? own_folder() : fs::path{file.station.program_folder.view()},
             "[station] program_folder");
  if (!file.station.watchdog_device.empty())
    build.path(station->watchdog_device, file.station.watchdog_device.view(), "[station] watchdog_device");
  station->watchdog_s = file.station.watchdog_s;
  if (!file.station.other_slot_request.empty())
    build.path(station->other_slot_request, file.station.other_slot_request.view(), "[station] other_slot_request");
  station->library_folder = kLibraries;
  station->loader = kLoader;
  build.device("mcu", file.devices.mcu);
  build.device("mcu2", file.devices.mcu2);
  build.device("mcu3", file.devices.mcu3);
  build.device("mcu4", file.devices.mcu4);
  build.device("reader", file.devices.reader);
  build.device("meter_bus", file.devices.meter_bus);
  build.device("tpm", file.devices.tpm);
  vault_devices(build, file);
  const auto csms = port_of(file.ocpp.csms_url.view());
  if (csms == 0)
    build.complain("[ocpp] csms_url is not ws://host[:port]/path or wss://host[:port]/path: " +
                   std::string{file.ocpp.csms_url.view()});
  if (file.ocpp.tls_policy == tls::Policy::vehicle)
    build.complain(
        "[ocpp] tls_policy \"vehicle\" is that of cars: choose hybrid-required, level5, hybrid-preferred or classical");
  if (const auto wrong = power::outlets_error(file.power); !wrong.empty())
    build.complain("[[power.outlets]] " + std::string{wrong});
  if (const auto wrong = session::problem(file.session); !wrong.empty()) build.complain(std::string{wrong.view()});
  const auto& devices = file.devices;
  for (const auto& fault :
       topology_faults(file.session, file.power, file.meter,
                       {!devices.mcu.empty(), !devices.mcu2.empty(), !devices.mcu3.empty(), !devices.mcu4.empty()}))
    build.complain(fault);
  build.port("csms", csms);
  build.port("csms_2", file.ocpp.second_port != 0 ? file.ocpp.second_port : csms);
  build.port("files", file.ocpp.file_port != 0 ? file.ocpp.file_port : csms);
  meter_ports(build, file);
  meter_keys(build, file);
  build.port("hmi", file.hmi.port);
  build.config("power", file.power);
  build.config("meter", file.meter);
  build.config("ledger", file.ledger);
  auto vault = file.vault;
  vault.identity = file.ocpp.identity.view();  // in whose name alone a certificate may be asked for
  build.config("vault", vault);
  build.config("session", file.session);
  auto ocpp = file.ocpp;
  ocpp.additional_root_check =
      file.vault.additional_root_check;  // the vault checks, ocpp tells the backend that it does
  ocpp.sign_readings = file.session.meter_records;
  ocpp.settings = file.session.settings;  // the same settings from both ends: ocpp shows and changes what session obeys
  build.config("ocpp", ocpp);
  build.config("hmi", file.hmi);
  if (file.cards.evse > file.session.evses.size) build.complain("[cards] evse is no EVSE of this station");
  if (!file.devices.pcscd.empty()) {  // else the service is not run
    build.path(station->pcscd_folder, file.devices.pcscd.view(), "[devices] pcscd");
    build.config("cards", file.cards);
  }
  v2g_links(build, file);
  if (!findings.empty()) return std::unexpected(std::move(findings));
  return station;
}

std::string example() {
  const File defaults{};
  std::string out =
      "# Configuration of a charging station. Every key is optional but [devices] mcu and [ocpp] csms_url, identity;\n"
      "# what stands here is the default. Check a file with: bulwatt config check FILE\n";
  for (const Row& row : shape_of<File>().rows) {
    out += settings::explain(*row.shape, row.at(const_cast<File*>(&defaults)), std::string{row.name});
  }
  return out;
}

}  // namespace bulwatt::station_file
