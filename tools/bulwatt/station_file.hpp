// The station's configuration file: one TOML file with a section per service, read into the services' own Config types.
#pragma once
#include <filesystem>
#include <optional>

#include "services/cards/config.hpp"
#include "services/hmi/config.hpp"
#include "services/ledger/config.hpp"
#include "services/meter/config.hpp"
#include "services/ocpp/config.hpp"
#include "services/power/config.hpp"
#include "services/session/config.hpp"
#include "services/supervisor/station.hpp"
#include "services/v2g/config.hpp"
#include "services/vault/config.hpp"
#include "tools/bulwatt/settings.hpp"

namespace bulwatt::station_file {

/// [station]: where things are and how strict to be.
struct General {
  supervisor::ProfileChoice profile = supervisor::ProfileChoice::production;
  supervisor::ModeChoice mode = supervisor::ModeChoice::automatic;
  supervisor::Path run_folder{"/run/bulwatt"};
  supervisor::Path state_folder{"/var/lib/bulwatt"};
  supervisor::Path program_folder{};
  std::uint32_t first_user = supervisor::kDefaultFirstUser;
  supervisor::Path watchdog_device{};
  std::uint16_t watchdog_s = 10;
  supervisor::Path other_slot_request{};
  static constexpr auto fields() {
    return list(
        field<&General::profile>(
            "profile",
            {.doc = "production refuses to run without every required sandbox layer; developer says what is missing"}),
        field<&General::mode>(
            "mode",
            {.doc = "root: a user per service; rootless: a user namespace per service; auto: by who starts it"}),
        field<&General::run_folder>("run_folder", {.at_least = 1, .doc = "status, log and lock; made when missing"}),
        field<&General::state_folder>("state_folder",
                                      {.at_least = 1, .doc = "what must survive: one folder per service below it"}),
        field<&General::program_folder>("program_folder",
                                        {.doc = "folder of the service programs; empty: beside this program"}),
        field<&General::first_user>(
            "first_user", {.min = 1, .doc = "root mode: service number i runs as user and group first_user + i"}),
        field<&General::watchdog_device>(
            "watchdog_device",
            {.doc = "the machine's watchdog (/dev/watchdog), fed while the safety zone beats; empty: none"}),
        field<&General::watchdog_s>(
            "watchdog_s", {.min = 2, .max = 600, .unit = "s", .doc = "without food for so long it resets the machine"}),
        field<&General::other_slot_request>(
            "other_slot_request",
            {.doc = "file that asks the boot loader's hook for the other software; empty: the machine has only one"}));
  }
};

/// [devices]: paths of the devices named in the authority graph.
struct Devices {
  supervisor::Path mcu{};
  supervisor::Path mcu2{};
  supervisor::Path mcu3{};
  supervisor::Path mcu4{};
  supervisor::Path reader{};
  supervisor::Path meter_bus{};
  supervisor::Path tpm{};
  supervisor::Path pcscd{};
  static constexpr auto fields() {
    return list(field<&Devices::mcu>("mcu", {.doc = "serial line to the safety controller"}),
                field<&Devices::mcu2>("mcu2", {.doc = "line to the safety controller of a second outlet; empty: none"}),
                field<&Devices::mcu3>("mcu3", {.doc = "of a third"}),
                field<&Devices::mcu4>("mcu4", {.doc = "of a fourth"}),
                field<&Devices::reader>("reader", {.doc = "serial token reader; empty: none"}),
                field<&Devices::meter_bus>("meter_bus",
                                           {.doc = "serial line to energy meters with transport rtu; empty: none"}),
                field<&Devices::tpm>(
                    "tpm", {.doc = "TPM 2.0 for the vault, /dev/tpmrm0, or the socket of an emulator; empty: none"}),
                field<&Devices::pcscd>("pcscd", {.doc = "folder of the smart card daemon's socket (/run/pcscd), for "
                                                        "contactless cards by PC/SC; empty: none"}));
  }
};

struct File {
  General station{};
  Devices devices{};
  power::Config power{};
  meter::Config meter{};
  ledger::Config ledger{};
  vault::Config vault{};
  session::Config session{};
  ocpp::Config ocpp{};
  hmi::Config hmi{};
  cards::Config cards{};
  v2g::Config v2g{};
  static constexpr auto fields() {
    return list(field<&File::station>("station"), field<&File::devices>("devices"), field<&File::power>("power"),
                field<&File::meter>("meter"), field<&File::ledger>("ledger"), field<&File::vault>("vault"),
                field<&File::session>("session"), field<&File::ocpp>("ocpp"), field<&File::hmi>("hmi"),
                field<&File::cards>("cards"), field<&File::v2g>("v2g"));
  }
};

/// Reads and checks a file. Every finding is one line for people; with findings there is no File.
std::expected<std::unique_ptr<File>, std::vector<settings::Finding>> load(const std::filesystem::path& path);

/// What the supervisor needs, paths made absolute. Findings as above.
std::expected<std::unique_ptr<supervisor::Station>, std::vector<settings::Finding>> station_of(const File& file);

/// The whole file with every key at its default, explained.
std::string example();

}  // namespace bulwatt::station_file
