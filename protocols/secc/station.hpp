// What the state machines know of the station, and what they want of it. Both are whole values: the shell fills a Station from
// session, power and meter before every step, and carries out the Demand after it. Neither refers to a message.
#pragma once
#include "libs/fields/fields.hpp"
#include "protocols/iec61851/pilot.hpp"
#include "protocols/secc/contract.hpp"

namespace bulwatt::secc {

/// open: nobody has decided yet.
enum class Authorization : std::uint8_t { open, granted, refused };
constexpr auto enum_names(Authorization) { return names("open", "granted", "refused"); }

/// The test of isolation that Supply::isolate asks for; idle at every other time.
enum class Isolation : std::uint8_t { idle, testing, valid, warning, fault };
constexpr auto enum_names(Isolation) { return names("idle", "testing", "valid", "warning", "fault"); }

/// What the station would like the car to do.
enum class Ask : std::uint8_t { nothing, stop, renegotiate };
constexpr auto enum_names(Ask) { return names("nothing", "stop", "renegotiate"); }

struct AcOffer {
  std::int32_t nominal_mv = 230'000;
  std::int32_t max_ma = 0;  ///< per phase, of all limits the least; 0: none at the moment
  std::uint8_t phases = 1;  ///< 1 or 3
};
struct DcOffer {
  std::int32_t max_mv = 0;
  std::int32_t min_mv = 0;
  std::int32_t max_ma = 0;
  std::int32_t min_ma = 0;
  std::int64_t max_mw = 0;  ///< of all limits the least
  std::int32_t ripple_ma = 0;
};

struct Station {
  Text<37> evse_id{};        ///< as in ISO 15118-2: at least 7 characters
  Octets<32> evse_id_din{};  ///< the same as DIN SPEC 70121 writes it
  Timestamp time{};
  iec61851::Pilot pilot = iec61851::Pilot::e;
  bool contactor_closed = false;
  bool fault = false;  ///< no energy may flow, whatever the car asks
  Authorization authorization{};
  bool waits_for_person = false;  ///< authorization is open until somebody does something
  bool free_of_charge = false;
  std::optional<AcOffer> ac{};
  std::optional<DcOffer> dc{};
  Isolation isolation{};
  std::int32_t present_mv = 0;  ///< DC, at the outlet
  std::int32_t present_ma = 0;
  Text<32> meter_id{};
  std::optional<std::uint64_t> meter_wh{};
  Ask ask{};
  std::uint16_t ask_within_s = 0;
};

/// What the outlet shall do. `close`: the AC contactor, or the supply's output at the target values.
enum class Supply : std::uint8_t { off, isolate, precharge, close };
constexpr auto enum_names(Supply) { return names("off", "isolate", "precharge", "close"); }

/// What the car said of itself; everything it did not say is absent.
struct Vehicle {
  Octets<8> evcc_id{};
  std::optional<std::int64_t> max_ma{};
  std::optional<std::int64_t> min_ma{};
  std::optional<std::int64_t> max_mv{};
  std::optional<std::int64_t> max_mw{};
  std::optional<std::int64_t> wanted_mwh{};
  std::optional<std::int64_t> capacity_mwh{};
  std::optional<std::uint32_t> departure_s{};
  std::optional<std::uint8_t> soc_percent{};
  std::optional<std::uint8_t> full_soc_percent{};
};

struct Demand {
  bool authorization = false;  ///< the car waits for somebody to authorize it
  Supply supply{};
  std::int32_t target_mv = 0;  ///< DC; never above what was offered
  std::int32_t target_ma = 0;
  bool ended = false;                  ///< the car has ended the session, or it failed
  bool paused = false;                 ///< ended for a while
  std::optional<Contract> contract{};  ///< that the car has proved to hold: by it, it wants to be authorized
  Vehicle car{};
};

}  // namespace bulwatt::secc
