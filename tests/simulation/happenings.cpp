#include "tests/simulation/happenings.hpp"

#include "tests/simulation/chance.hpp"

namespace bulwatt::simulation {
namespace {
using namespace std::chrono_literals;
using session::TxPoint;
using Cut = journal::MemoryStorage::Cut;

constexpr std::size_t kMostDeaths = 8;  ///< in a minute; the supervisor's ladder is not what is tried here
constexpr std::size_t kMostReservations = 3;
constexpr std::uint32_t kNarrowSupplyMa = 20'000;  ///< two cars get what one may have alone

template <class T>
T one_of(std::initializer_list<T> all) {
  return all.begin()[pick(all.size())];
}
bool often() { return !one_in(4); }

session::TxPoints some_points() {
  session::TxPoints points{};
  for (const auto point :
       {TxPoint::ev_connected, TxPoint::authorized, TxPoint::power_path_closed, TxPoint::energy_transfer}) {
    if (one_in(3)) static_cast<void>(points.push_back(point));
  }
  if (points.empty()) static_cast<void>(points.push_back(TxPoint::power_path_closed));
  return points;
}

Station::Index any_service() {
  return Station::index_of(one_of({"power", "meter", "ledger", "session", "session", "ocpp", "hmi"}));
}

session::IdToken card_of(std::string_view id) { return {id, session::TokenType::iso14443}; }

}  // namespace

// ---- which station

session::Settings random_settings() {
  session::Settings settings{};
  settings.sample_interval_s = static_cast<std::uint32_t>(5 + pick(30));
  settings.ended_interval_s = one_in(3) ? 7 : 0;
  settings.aligned_interval_s = one_in(4) ? 10 : 0;
  settings.ev_connection_timeout_s = static_cast<std::uint32_t>(5 + pick(30));
  if (!one_in(3)) {
    settings.tx_start = some_points();
    settings.tx_stop = some_points();
  }
  settings.stop_tx_on_invalid_id = often();
  settings.stop_tx_on_ev_side_disconnect = often();
  settings.unlock_on_ev_side_disconnect = often();
  settings.local_pre_authorize = one_in(2);
  settings.authorize_remote_start = one_in(4);
  settings.cache = often();
  return settings;
}

session::Config random_config() {
  session::Config config{};
  static_cast<void>(config.local_tokens.push_back(Text<36>{kLocalToken}));
  const session::ConnectorType type{"cType2"};
  if (one_in(3)) static_cast<void>(config.evses[0].connectors.push_back(type));
  if (!one_in(3))
    static_cast<void>(config.evses.push_back({3, 32'000, {static_cast<std::uint16_t>(1 + pick(2)), {type, type}}}));
  if (one_in(2)) config.installation_max_ma = kNarrowSupplyMa;
  config.settings = random_settings();
  config.authorization_timeout_s = 10;
  config.register_interval_s = 10;
  config.fault_patience_s = static_cast<std::uint32_t>(2 + pick(30));
  config.meter_grace_s = static_cast<std::uint32_t>(2 + pick(10));
  config.restart_patience_s = 3;
  config.journal_kib = session::kLeastJournalKib;
  if (one_in(2)) config.resume_after_power_loss_s = 600;
  return config;
}

// ---- what happens next

const std::vector<Happenings::Choice>& Happenings::choices() {
  using H = Happenings;
  static const std::vector<Choice> all{
      {500, "nothing", &H::nothing},
      {40, "plug or unplug", &H::plug},
      {60, "card", &H::card},
      {20, "car", &H::car},
      {4, "car fault", &H::car_fault},
      {30, "remote start", &H::remote_start},
      {12, "remote stop", &H::remote_stop},
      {4, "availability", &H::availability},
      {20, "limit", &H::limit},
      {15, "trigger", &H::trigger},
      {2, "reset", &H::reset},
      {4, "unlock", &H::unlock},
      {12, "reservation", &H::reserve},
      {6, "cancel reservation", &H::cancel_reservation},
      {6, "local list", &H::local_list},
      {2, "clear cache", &H::clear_cache},
      {4, "settings", &H::settings},
      {10, "link", &H::link},
      {6, "fault", &H::fault},
      {40, "repair", &H::repair},
      {6, "meter", &H::meter},
      {8, "mood", &H::mood},
      {24, "kill", &H::kill},
      {8, "stall", &H::stall},
      {2, "power cut", &H::cut},
      {3, "power cut while writing", &H::cut_while_writing},
      {4, "failing sync", &H::bad_sync},
      {3, "clock", &H::clock},
      {3, "forged call", &H::forge},
  };
  return all;
}

const char* Happenings::next(int step) {
  step_ = step;
  if (step == cut_at_) {
    power_cut(static_cast<Cut>(pick(4)));
    return "power is cut now";
  }
  int total = 0;
  for (const auto& choice : choices()) total += choice.weight;
  auto at = static_cast<int>(pick(static_cast<std::uint64_t>(total)));
  for (const auto& choice : choices()) {
    at -= choice.weight;
    if (at >= 0) continue;
    (this->*choice.happen)();
    return choice.name;
  }
  return "";
}

Outlet& Happenings::some_outlet() { return station_.outside.outlets[pick(station_.outside.outlets.size())]; }
std::uint8_t Happenings::some_evse() { return static_cast<std::uint8_t>(1 + pick(station_.outside.evses())); }
std::uint8_t Happenings::some_evse_or_all() { return one_in(3) ? std::uint8_t{0} : some_evse(); }

bool Happenings::may_die() {
  while (!deaths_.empty() && os::now() - deaths_.front() > 1min) deaths_.pop_front();
  if (deaths_.size() >= kMostDeaths) return false;
  deaths_.push_back(os::now());
  return true;
}

void Happenings::calm_down() {
  if (cut_at_ >= 0) power_cut(Cut::all_kept);
  station_.mood = Mood::calm;
  station_.outside.meter_answers.assign(station_.outside.evses(), true);
  station_.backend.online = true;
  station_.backend.changes_its_mind = false;
  station_.backend.commands.clear();
  station_.desk = {};
  for (auto& outlet : station_.outside.outlets) {
    outlet.repair();
    outlet.car.set_demand(true, now_ms());
    outlet.car.set_soc(20, now_ms());
    outlet.plug(false);
  }
  station_.session_disk.medium.fail_syncs(0);
  station_.ledger_disk.medium.fail_syncs(0);
}

// ---- people and cars

void Happenings::plug() {
  auto& outlet = some_outlet();
  outlet.plug(!outlet.plugged());
}
void Happenings::card() {
  const auto id =
      one_of({kLocalToken, kLocalToken, kBackendToken, kBackendToken, kListToken, kBadToken, kBlockedToken});
  station_.desk.cards.push_back({some_evse_or_all(), card_of(id)});
}
void Happenings::car() { some_outlet().car.set_demand(!one_in(4), now_ms()); }
void Happenings::car_fault() {
  some_outlet().set_car_fault(one_of({ev::Fault::short_pilot, ev::Fault::no_diode}), one_in(3));
}

// ---- the backend

void Happenings::remote_start() {
  const auto token = one_in(4) ? kBadToken : kBackendToken;
  command(session::RemoteStart{some_evse_or_all(), card_of(token), 1000 + ++ids_, token == kBadToken, {}});
}
void Happenings::remote_stop() {
  if (const auto id = station_.backend.running(some_evse())) command(session::RemoteStop{*id});
}
void Happenings::availability() {
  const auto evse = some_evse_or_all();
  command(session::ChangeAvailability{evse, static_cast<std::uint8_t>(evse != 0 && one_in(2) ? 1 : 0), one_in(2)});
}
void Happenings::limit() {
  const auto limit_ma = one_in(3) ? std::nullopt : std::optional{one_of({0U, 6'000U, 10'000U, 32'000U})};
  command(session::SetBackendLimit{some_evse_or_all(), limit_ma});
}
void Happenings::trigger() { command(session::TriggerEvent{some_evse_or_all()}); }
void Happenings::reset() { command(session::Reset{0, one_in(2)}); }
void Happenings::unlock() {
  const auto& outlet = some_outlet();
  command(session::Unlock{outlet.evse, outlet.connector});
}
void Happenings::reserve() {
  if (station_.backend.held().size() >= kMostReservations) return;
  const auto until = os::civil_now().unix_ms + static_cast<std::int64_t>(1'000 + pick(60'000));
  station_.backend.reserve(
      {++ids_, some_evse_or_all(), {}, card_of(one_of({kLocalToken, kBackendToken})), {}, {until}});
}
void Happenings::cancel_reservation() {
  if (!station_.backend.held().empty()) station_.backend.cancel_reservation(station_.backend.held().begin()->first);
}
void Happenings::local_list() { station_.backend.send_list(pick(session::kLocalListChunk)); }

// ---- bad luck

void Happenings::fault() { some_outlet().set(static_cast<board::Break>(pick(board::kBreakCount)), true); }
void Happenings::repair() {
  for (auto& outlet : station_.outside.outlets) outlet.repair();
  station_.outside.meter_answers.assign(station_.outside.evses(), true);
  if (one_in(2)) command(session::ChangeAvailability{some_evse_or_all(), 0, true});
}
void Happenings::meter() {
  auto answers = station_.outside.meter_answers[some_evse() - 1U];
  answers = !answers;
}
void Happenings::mood() { station_.mood = station_.mood == Mood::calm ? Mood::rough : Mood::calm; }
void Happenings::kill() {
  const auto service = any_service();
  if (!may_die()) return;
  ++station_.kills;
  station_.kill(service);
}
void Happenings::stall() {
  const auto service = any_service();
  if (may_die()) station_.stall(service, between(1ms, 3s));
}
void Happenings::cut() { power_cut(static_cast<Cut>(pick(4))); }
void Happenings::power_cut(Cut how) {
  ++power_cuts_;
  cut_at_ = -1;
  deaths_.clear();
  station_.cut_power(how);
}
void Happenings::cut_while_writing() {
  auto& medium = (one_in(2) ? station_.session_disk : station_.ledger_disk).medium;
  medium.lose_power_at(medium.operations() + pick(4));
  cut_at_ = step_ + 1 + static_cast<int>(pick(4));
}
void Happenings::bad_sync() {
  (one_in(2) ? station_.session_disk : station_.ledger_disk).medium.fail_syncs(static_cast<int>(1 + pick(3)));
}
void Happenings::clock() { world_.jump_civil_time(between(-6h, 6h)); }
void Happenings::forge() { station_.desk.break_in = may_die(); }

}  // namespace bulwatt::simulation
