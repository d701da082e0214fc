// Everything session knows, but for the large stores of archive.hpp. The records are durable; the rest is found out again
// after a restart.
#pragma once
#include "interfaces/meter.hpp"
#include "libs/os/clock.hpp"
#include "libs/tariff/account.hpp"
#include "services/session/config.hpp"

namespace bulwatt::session {

/// Leave to charge at an EVSE.
struct Grant {
  IdToken token{};
  std::optional<IdToken> group{};
  std::optional<std::int32_t> remote_start_id{};
  std::optional<std::int32_t> reservation_id{};  ///< that was used up by it
  bool movable{};                                ///< the driver named no EVSE and may plug in at another one
  static constexpr auto fields() {
    return list(field<&Grant::token>("token"), field<&Grant::group>("group"),
                field<&Grant::remote_start_id>("remote_start_id"), field<&Grant::reservation_id>("reservation_id"),
                field<&Grant::movable>("movable"));
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

/// A signed meter record that was asked for.
struct SignedRecord {
  std::uint64_t number{};       ///< of all records of this station
  bool made{};                  ///< it is on the shelf
  std::int64_t register_mwh{};  ///< what it says
  std::uint64_t ledger_record{};
  static constexpr auto fields() {
    using R = SignedRecord;
    return list(field<&R::number>("number"), field<&R::made>("made"),
                field<&R::register_mwh>("register", {.unit = "mWh"}), field<&R::ledger_record>("ledger_record"));
  }
};

struct Transaction {
  TransactionId id{};
  std::uint8_t connector{};        ///< 0: no cable was in yet
  std::optional<IdToken> token{};  ///< that authorized it first
  Timestamp started{};
  std::uint32_t next_seq{};
  std::int64_t begin_mwh{};
  std::int64_t register_mwh{};           ///< latest known; stored with every event and every register interval
  Timestamp seen{};                      ///< when this was last stored
  ChargingState charging{};              ///< as last told
  std::optional<std::uint8_t> phases{};  ///< in use, as last told
  bool connected{};                      ///< the cable is in, as last told
  bool has_charged{};
  bool invalid{};  ///< the backend does not accept the token any more, and it goes on nevertheless
  std::optional<StoppedReason> cause{};  ///< why its authorization ended, when it goes on without
  std::optional<Sample> begin{};
  List<Sample, kEventSamples - 2> samples{};  ///< of both TxEndedIntervals
  std::optional<Ending> ending{};  ///< no more energy; ends with the register as it is when the contactor is open
  std::optional<SignedRecord> begin_record{};
  std::optional<SignedRecord> end_record{};
  std::optional<SignedRecord> middle_record{};  ///< on its way
  meter::Stage middle_stage{};
  std::optional<std::uint8_t> priced_by{};  ///< element of the tariff that the latest record is about
  bool other_meter{};                       ///< and no record has said so yet
  bool remote{};                            ///< the backend started it
  static constexpr auto fields() {
    using T = Transaction;
    return list(field<&T::id>("id"), field<&T::connector>("connector"), field<&T::token>("token"),
                field<&T::started>("started"), field<&T::next_seq>("next_seq"),
                field<&T::begin_mwh>("begin_register", {.unit = "mWh"}),
                field<&T::register_mwh>("register", {.unit = "mWh"}), field<&T::seen>("seen"),
                field<&T::charging>("charging"), field<&T::phases>("phases"), field<&T::connected>("connected"),
                field<&T::has_charged>("has_charged"), field<&T::invalid>("invalid"), field<&T::cause>("cause"),
                field<&T::begin>("begin"), field<&T::samples>("samples"), field<&T::ending>("ending"),
                field<&T::begin_record>("begin_record"), field<&T::end_record>("end_record"),
                field<&T::middle_record>("middle_record"), field<&T::middle_stage>("middle_stage"),
                field<&T::priced_by>("priced_by"), field<&T::other_meter>("other_meter"), field<&T::remote>("remote"));
  }
};

/// Operative or not; `closes`: becomes inoperative when what runs there has ended.
struct Availability {
  bool operative = true;
  bool closes = false;
  static constexpr auto fields() {
    return list(field<&Availability::operative>("operative"), field<&Availability::closes>("closes"));
  }
};

/// One record: what goes on at one EVSE. Written whole with every change.
struct EvseRecord {
  static constexpr std::uint8_t kRecord = 6;
  static constexpr std::uint8_t kVersion = 4;
  std::uint8_t evse{};
  std::uint32_t epoch{};  ///< counts what energy may flow for; durable before it flows
  std::optional<Grant> grant{};
  std::optional<Transaction> transaction{};
  std::optional<StoppedReason> last_stop{};
  std::int64_t last_energy_mwh{};  ///< of the transaction that ended last, for the receipt
  std::optional<std::uint32_t> backend_limit_ma{};
  Availability availability{};
  List<Availability, power::kMaxConnectors> connectors{};
  bool cable_used{};                ///< the cable that is in has had its transaction
  std::optional<IdToken> holder{};  ///< the cable stays locked in the socket until this token comes back
  std::uint8_t held_connector{};
  std::optional<Receipt> receipt{};          ///< of the transaction that ended last
  std::array<std::byte, 16> meter_serial{};  ///< of the meter that counts here; zeros: it has not said
  static constexpr auto fields() {
    using R = EvseRecord;
    return list(field<&R::evse>("evse"), field<&R::epoch>("epoch"), field<&R::grant>("grant"),
                field<&R::transaction>("transaction"), field<&R::last_stop>("last_stop"),
                field<&R::last_energy_mwh>("last_energy", {.unit = "mWh"}),
                field<&R::backend_limit_ma>("backend_limit", {.max = power::kMaxLimitMa, .unit = "mA"}),
                field<&R::availability>("availability"), field<&R::connectors>("connectors"),
                field<&R::cable_used>("cable_used"), field<&R::holder>("holder"),
                field<&R::held_connector>("held_connector"), field<&R::receipt>("receipt"),
                field<&R::meter_serial>("meter_serial"));
  }
};

/// One record: what the transaction costs that runs at one EVSE or ended last there. The tariff is the one that held when it
/// began. Time goes by the monotonic clock: a civil clock that is set changes no bill.
struct BillRecord {
  static constexpr std::uint8_t kRecord = 11;
  static constexpr std::uint8_t kVersion = 1;
  std::uint8_t evse{};
  TransactionId transaction{};
  std::int64_t anchor{};  ///< this instant of the monotonic clock
  Timestamp anchored{};   ///< was this time
  tariff::Schedule schedule{};
  tariff::Account account{};
  static constexpr auto fields() {
    using B = BillRecord;
    return list(field<&B::evse>("evse"), field<&B::transaction>("transaction"), field<&B::anchor>("anchor"),
                field<&B::anchored>("anchored"), field<&B::schedule>("schedule"), field<&B::account>("account"));
  }
};

/// One record: what concerns the whole station.
struct StationRecord {
  static constexpr std::uint8_t kRecord = 5;
  static constexpr std::uint8_t kVersion = 2;
  std::uint64_t next_number = 1;   ///< of the next transaction event
  std::uint64_t next_record = 1;   ///< of the next signed meter record
  std::uint64_t acknowledged = 0;  ///< greatest number that is safe elsewhere, as far as this record knew
  std::optional<std::uint32_t> backend_limit_ma{};
  Availability availability{};
  bool reset_when_idle = false;
  static constexpr auto fields() {
    using R = StationRecord;
    return list(field<&R::next_number>("next_number"), field<&R::next_record>("next_record"),
                field<&R::acknowledged>("acknowledged"),
                field<&R::backend_limit_ma>("backend_limit", {.max = power::kMaxLimitMa, .unit = "mA"}),
                field<&R::availability>("availability"), field<&R::reset_when_idle>("reset_when_idle"));
  }
};

/// One record: who holds what for later, and what the backend has not heard of their ends.
inline constexpr std::size_t kReservationUpdates = 16;
struct Reservations {
  static constexpr std::uint8_t kRecord = 7;
  static constexpr std::uint8_t kVersion = 1;
  List<Reserve, kReservations> held{};
  List<NextReservationUpdate::Update, kReservationUpdates> updates{};
  std::uint32_t next_update = 1;
  static constexpr auto fields() {
    using R = Reservations;
    return list(field<&R::held>("held"), field<&R::updates>("updates"), field<&R::next_update>("next_update"));
  }
};

/// Why a token is being judged by the backend.
enum class Purpose : std::uint8_t { start, remote_start, stop };

struct Question {
  IdToken token{};
  Purpose purpose{};
  std::optional<std::int32_t> remote_start_id{};
  std::optional<IdToken> group{};  ///< as the remote start named it
  bool movable{};
  CertificateHashes certificates{};  ///< of a contract
};
struct PendingAuthorization {
  std::uint32_t request{};
  Question question{};
  Instant until{};
};

/// How the car is told what it may draw, since it was plugged in.
enum class Talk : std::uint8_t {
  open,     ///< not decided
  digital,  ///< 5 %: by digital communication
  leaving,  ///< no signal for a moment, so that the car notices the change
  basic,    ///< by the duty cycle
};
/// The link of the outlet that v2g serves.
struct VehicleSide {
  bool alive = false;  ///< v2g has reported lately
  Instant heard{};
  ReportVehicle last{};
  Talk talk{};
  Instant until{};          ///< digital: a car must have come by then; leaving: basic then
  bool authorized = false;  ///< the car's session has been told so
  bool asked = false;       ///< about the car's contract
  bool waits = false;       ///< energy is withheld only because the car's session does not demand it
};

/// What session wants from power.
struct Permit {
  bool active = false;  ///< renew; false: none is wanted
  bool energize = false;
  std::uint32_t limit_ma = 0;
  std::uint8_t connector = 0;
  bool digital = false;    ///< signal 5 %, with or without energy
  power::Supply supply{};  ///< DC, as the next two
  std::int32_t target_mv = 0;
  std::int32_t target_ma = 0;
  friend bool operator==(const Permit&, const Permit&) = default;
};

/// One outlet as its safety controller tells it.
struct Connector {
  bool power_known = false;  ///< a status with a living controller was seen since the start of this process
  power::Status power{};
  std::optional<Instant> controller_lost{};
  bool cable_known = false;  ///< the pilot has told whether a car is plugged in
  bool plugged = false;
  bool just_plugged = false;  ///< in the present step
  Instant plugged_at{};
  std::optional<Instant> fault_since{};
  std::uint32_t noted_faults = 0;  ///< as last recorded in the ledger
  bool noted_contactor = false;
  bool noted_tamper = false;
  Instant next_contactor_note{};
  Instant next_fault_reset{};
  std::optional<bool> lock_wish{};  ///< as last said to power
  bool unlocking = false;           ///< the backend ordered it, and the motor has not come to its end
};

struct Evse {
  EvseRecord kept{};
  BillRecord bill{};
  List<Connector, power::kMaxConnectors> connectors{};
  std::uint8_t active = 0;  ///< connector in use; the others have to wait. 0: none

  // meter
  bool meter_known = false;
  meter::Reading meter{};
  Instant meter_taken{};  ///< not after the registers of `meter` were read
  std::optional<Instant> meter_lost{};
  bool noted_meter_loss = false;

  // authorization
  std::optional<PendingAuthorization> pending{};
  Instant grant_until{};
  bool grant_new = false;  ///< in the present step

  // transaction
  Instant next_sample{};
  Instant next_ended_sample{};
  std::int64_t next_aligned_ms{};  ///< civil time
  std::int64_t next_aligned_ended_ms{};
  Instant next_register{};
  Instant next_state_event{};
  std::optional<Instant> offering_since{};  ///< energy is permitted without a break
  bool was_offered = false;                 ///< energy, to the present transaction by this process
  bool recovering = false;                  ///< a transaction was found at the start of the station; its fate is open
  Instant recover_until{};
  Instant end_by{};                          ///< of an ending transaction: it ends then at the latest
  std::optional<Instant> opened{};           ///< contactor seen open while ending
  Instant next_ask{};                        ///< for a signed meter record
  Instant next_middle{};                     ///< and for the next one in between
  std::optional<tariff::Point> bill_seen{};  ///< the reading before, as the bill sees it
  Instant next_bill{};
  Instant record_until{};  ///< how long the end of a transaction waits for its record
  bool finishing = false;  ///< the transaction has ended, the cable is still in

  VehicleSide vehicle{};

  // energy
  Permit permit{};
  std::uint32_t drawn_ma = 0;  ///< what a car that was told to draw less may still draw, until then
  Instant drawn_until{};
  std::optional<meter::Reading> offered{};  ///< the register when energy was first offered without a transaction
  Limit noted_limit{};
  List<Ruled, kLimitHistory> history{};

  Text<64> message{};  ///< for the driver, until message_until
  Instant message_until{};
};

struct Station {
  StationRecord kept{};
  Settings settings{};
  Reservations reservations{};
  List<Evse, power::kMaxEvses> evses{};
  std::optional<TransactionId> spare_id{};  ///< drawn by the shell, used by the next transaction
  std::uint32_t last_request = 0;           ///< starts at random, so that an answer to an earlier process fits nothing
  bool online = false;
  bool accepted = false;  ///< the backend accepted the station since it started
  bool storage_ok = true;
  bool ledger_ok = true;
  bool resetting = false;
  bool safe_state = false;  ///< the supervisor took the energy away; told by the phase
  Instant restart_from{};
  Instant restart_by{};
};

}  // namespace bulwatt::session
