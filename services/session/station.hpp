// Everything session knows. `Ongoing`, settings, cache and outbox are durable; the rest is found out again after a restart.
#pragma once
#include "interfaces/meter.hpp"
#include "libs/os/clock.hpp"
#include "services/session/outbox.hpp"
#include "services/session/tokens.hpp"

namespace bulwatt::session {

/// Leave to charge that waits for the cable.
struct Grant {
  IdToken token{};
  std::optional<IdToken> group{};
  std::optional<std::int32_t> remote_start_id{};
  static constexpr auto fields() {
    return list(field<&Grant::token>("token"), field<&Grant::group>("group"),
                field<&Grant::remote_start_id>("remote_start_id"));
  }
};

/// A transaction that has been told to end, and how it will be told to the backend.
struct Ending {
  Trigger trigger{};
  StoppedReason reason{};
  std::optional<IdToken> token{};
  static constexpr auto fields() {
    return list(field<&Ending::trigger>("trigger"), field<&Ending::reason>("reason"), field<&Ending::token>("token"));
  }
};

struct Transaction {
  TransactionId id{};
  Grant grant{};
  Timestamp started{};
  std::uint32_t next_seq{};
  std::int64_t begin_mwh{};
  std::int64_t register_mwh{};  ///< latest known; stored with every event and every register interval
  Timestamp seen{};             ///< when this was last stored
  ChargingState charging{};     ///< as last told
  bool has_charged{};
  bool deauthorized{};             ///< goes on without energy until it ends
  std::optional<Ending> ending{};  ///< no more energy; ends with the register as it is when the contactor is open
  static constexpr auto fields() {
    using T = Transaction;
    return list(field<&T::id>("id"), field<&T::grant>("grant"), field<&T::started>("started"),
                field<&T::next_seq>("next_seq"), field<&T::begin_mwh>("begin", {.unit = "mWh"}),
                field<&T::register_mwh>("register", {.unit = "mWh"}), field<&T::seen>("seen"),
                field<&T::charging>("charging"), field<&T::has_charged>("has_charged"),
                field<&T::deauthorized>("deauthorized"), field<&T::ending>("ending"));
  }
};

/// One record: what goes on now. Written whole with every change.
struct Ongoing {
  static constexpr std::uint8_t kRecord = 1;
  static constexpr std::uint8_t kVersion = 1;
  std::uint64_t next_number = 1;   ///< of the next transaction event
  std::uint64_t acknowledged = 0;  ///< greatest number that is safe elsewhere, as far as this record knew
  std::optional<Grant> grant{};
  std::optional<Transaction> transaction{};
  std::optional<StoppedReason> last_stop{};
  std::int64_t last_energy_mwh{};  ///< of the transaction that ended last, for the receipt
  std::int64_t last_cost_micro{};
  std::optional<std::uint32_t> backend_limit_ma{};
  bool station_operative = true;
  bool evse_operative = true;
  bool station_closes = false;  ///< becomes inoperative when the transaction has ended
  bool evse_closes = false;
  bool reset_when_idle = false;
  static constexpr auto fields() {
    using O = Ongoing;
    return list(field<&O::next_number>("next_number"), field<&O::acknowledged>("acknowledged"),
                field<&O::grant>("grant"), field<&O::transaction>("transaction"), field<&O::last_stop>("last_stop"),
                field<&O::last_energy_mwh>("last_energy", {.unit = "mWh"}), field<&O::last_cost_micro>("last_cost"),
                field<&O::backend_limit_ma>("backend_limit", {.max = power::kMaxLimitMa, .unit = "mA"}),
                field<&O::station_operative>("station_operative"), field<&O::evse_operative>("evse_operative"),
                field<&O::station_closes>("station_closes"), field<&O::evse_closes>("evse_closes"),
                field<&O::reset_when_idle>("reset_when_idle"));
  }
};

/// Why a token is being judged by the backend.
enum class Purpose : std::uint8_t { start, remote_start, stop };

struct PendingAuthorization {
  std::uint32_t request{};
  IdToken token{};
  Purpose purpose{};
  std::optional<std::int32_t> remote_start_id{};
  Instant until{};
};

/// What session wants from power.
struct Permit {
  bool active = false;  ///< renew; false: none is wanted
  bool energize = false;
  std::uint32_t limit_ma = 0;
  friend bool operator==(const Permit&, const Permit&) = default;
};

struct Station {
  // durable
  Ongoing ongoing{};
  Settings settings{};
  TokenCache cache{};
  Outbox outbox{};

  // power
  bool power_known = false;  ///< a status with a living controller was seen since the start of this process
  power::Status power{};
  std::optional<Instant> controller_lost{};
  bool cable_known = false;  ///< the pilot has told whether a car is plugged in
  bool plugged = false;
  bool just_plugged = false;  ///< in the present step
  std::optional<Instant> fault_since{};
  std::uint32_t noted_faults = 0;  ///< as last recorded in the ledger
  bool noted_contactor = false;
  Instant next_contactor_note{};
  Instant next_fault_reset{};

  // meter
  bool meter_known = false;
  meter::Reading meter{};
  Instant meter_taken{};  ///< when the registers of `meter` were read
  std::optional<Instant> meter_lost{};
  bool noted_meter_loss = false;

  // authorization
  std::optional<PendingAuthorization> pending{};
  std::uint32_t last_request = 0;  ///< starts at random, so that an answer to an earlier process fits nothing
  Instant grant_until{};
  bool online = false;

  // transaction
  std::optional<TransactionId> spare_id{};  ///< drawn by the shell, used by the next transaction
  Instant next_sample{};
  Instant next_register{};
  Instant next_state_event{};
  bool recovering = false;  ///< a transaction was found at the start of the station; its fate is open
  Instant recover_until{};
  Instant end_by{};                 ///< of an ending transaction: it ends then at the latest
  std::optional<Instant> opened{};  ///< contactor seen open while ending
  bool finishing = false;           ///< the transaction has ended, the cable is still in

  // rest
  Permit permit{};
  Limit noted_limit{};
  bool storage_ok = true;
  bool ledger_ok = true;
  bool resetting = false;
  bool safe_state = false;  ///< the supervisor took the energy away; told by the phase
  Instant restart_from{};
  Instant restart_by{};
  Text<64> message{};  ///< for the driver, until message_until
  Instant message_until{};
};

}  // namespace bulwatt::session
