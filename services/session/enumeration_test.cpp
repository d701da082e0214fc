// Every reachable state of the core × every event, with what must hold after each single step.
#include <doctest/doctest.h>

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "services/session/authorization.hpp"
#include "services/session/availability.hpp"
#include "services/session/core.hpp"
#include "services/session/events.hpp"
#include "services/session/limits.hpp"
#include "services/session/reservations.hpp"
#include "services/session/snapshot.hpp"

using namespace bulwatt;
using namespace bulwatt::session;

namespace {

/// A state; of the large stores only what the cache says of the owner's token.
struct Node {
  Station station{};
  Moment moment{};
  std::optional<CachedToken> cached{};
};
struct Event {
  const char* name;
  std::function<void(const Context&)> happen;
  Duration later = std::chrono::milliseconds{100};
};

power::Status status(power::Pilot pilot, bool closed = false, std::uint32_t faults = 0, bool alive = true) {
  power::Status s{};
  s.controller_alive = alive;
  s.pilot = pilot;
  s.contactor_closed = closed;
  s.faults = faults;
  s.cable_limit_ma = pilot == power::Pilot::a ? 0 : 32'000;
  s.temperature_dc = 250;
  return s;
}
constexpr std::uint32_t bit(power::Fault fault) { return std::uint32_t{1} << std::to_underlying(fault); }
const IdToken kOwner{"04A1B2C3", TokenType::iso14443};
const IdToken kOther{"04FFFFFF", TokenType::iso14443};
const IdToken kGroup{"FAMILY", TokenType::central};

meter::Reading reading(const Context& c, meter::Health health = meter::Health::good) {
  meter::Reading r{};
  r.health = health;
  r.import_mwh = 1'000'000 + c.now().time_since_epoch().count() / 1'000'000;
  return r;
}

void answer_pending(const Context& c, std::optional<Authorization> answer) {
  const auto pending = next_authorization(c.state);
  if (pending.request != 0) answer_authorization(c, pending.request, answer);
}
TransactionId running(const Context& c, std::size_t index = 0) {
  const auto& transaction = c.state.evses[index].kept.transaction;
  return transaction ? transaction->id : TransactionId{"none"};
}
auto reports(std::size_t index, std::uint8_t connector, power::Status s) {
  return [=](const Context& c) { power_reported(c.at(index), connector, s); };
}

std::vector<Event> events() {
  using power::Pilot;
  using S = AuthorizationStatus;
  const auto power = [](power::Status s) { return reports(0, 1, s); };
  return {
      {"unplugged", power(status(Pilot::a))},
      {"plugged", power(status(Pilot::b2))},
      {"car draws", power(status(Pilot::c2, true))},
      {"pilot dead", power(status(Pilot::e))},
      {"fault current", power(status(Pilot::b1, false, bit(power::Fault::rcd_trip)))},
      {"emergency stop", power(status(Pilot::b1, false, bit(power::Fault::emergency_stop)))},
      {"fault without car", power(status(Pilot::a, false, bit(power::Fault::rcd_trip)))},
      {"controller dead", power(status(Pilot::b2, false, 0, false))},
      {"meter reads", [](const Context& c) { meter_reported(c.at(0), reading(c), c.now()); }},
      {"meter garbled", [](const Context& c) { meter_reported(c.at(0), reading(c, meter::Health::garbled), c.now()); }},
      {"owner's token", [](const Context& c) { present_token(c, 1, kOwner); }},
      {"another token", [](const Context& c) { present_token(c, 1, kOther); }},
      {"accepted", [](const Context& c) { answer_pending(c, Authorization{.status = S::accepted, .group = kGroup}); }},
      {"blocked", [](const Context& c) { answer_pending(c, Authorization{.status = S::blocked}); }},
      {"not asked", [](const Context& c) { answer_pending(c, {}); }},
      {"transaction accepted",
       [](const Context& c) { answer_transaction(c, {running(c), {.status = S::accepted, .group = kGroup}, {}}); }},
      {"transaction invalid",
       [](const Context& c) { answer_transaction(c, {running(c), {.status = S::invalid}, {}}); }},
      {"remote start", [](const Context& c) { remote_start(c, {0, kOwner, 42, false, {}}); }},
      {"remote start, ask", [](const Context& c) { remote_start(c, {1, kOwner, 43, true, {}}); }},
      {"remote stop", [](const Context& c) { remote_stop(c, running(c)); }},
      {"inoperative", [](const Context& c) { change_availability(c, {1, 0, false}); }},
      {"operative", [](const Context& c) { change_availability(c, {1, 0, true}); }},
      {"reset when idle", [](const Context& c) { reset(c, false); }},
      {"reset now", [](const Context& c) { reset(c, true); }},
      {"trigger", [](const Context& c) { trigger_event(c.at(0)); }},
      {"online", [](const Context& c) { set_link(c, {true, true}); }},
      {"offline", [](const Context& c) { set_link(c, {false, false}); }},
      {"limit 0", [](const Context& c) { set_backend_limit(c, 1, 0U); }},
      {"limit lifted", [](const Context& c) { set_backend_limit(c, 1, {}); }},
      {"nothing", [](const Context&) {}},
      {"a second passes", [](const Context&) {}, std::chrono::seconds{2}},
      {"ten minutes pass", [](const Context&) {}, std::chrono::minutes{10}},
  };
}

/// Fewer events for stations whose states multiply: two EVSEs, or two connectors of one.
std::vector<Event> events_of_many(const Config& config) {
  using power::Pilot;
  using S = AuthorizationStatus;
  std::vector<Event> all{
      {"owner's token", [](const Context& c) { present_token(c, 0, kOwner); }},
      {"another token", [](const Context& c) { present_token(c, 0, kOther); }},
      {"accepted", [](const Context& c) { answer_pending(c, Authorization{.status = S::accepted}); }},
      {"remote stop", [](const Context& c) { remote_stop(c, running(c)); }},
      {"reserve", [](const Context& c) { reserve(c, {1, 0, {}, kOther, {}, {c.moment.time.unix_ms + 300'000}}); }},
      {"inoperative", [](const Context& c) { change_availability(c, {1, 1, false}); }},
      {"operative", [](const Context& c) { change_availability(c, {1, 1, true}); }},
      {"online", [](const Context& c) { set_link(c, {true, true}); }},
      {"ten minutes pass", [](const Context&) {}, std::chrono::minutes{10}},
  };
  for (std::size_t i = 0; i < config.evses.size; ++i) {
    all.push_back({"meter reads", [i](const Context& c) { meter_reported(c.at(i), reading(c), c.now()); }});
    for (std::uint8_t k = 1; k <= config.evses[i].connectors.size; ++k) {
      all.push_back({"unplugged", reports(i, k, status(Pilot::a))});
      all.push_back({"plugged", reports(i, k, status(Pilot::b2))});
      all.push_back({"car draws", reports(i, k, status(Pilot::c2, true))});
      all.push_back({"fault current", reports(i, k, status(Pilot::b1, false, bit(power::Fault::rcd_trip)))});
    }
  }
  return all;
}

/// Two nodes with the same word behave the same, but for times and numbers.
void describe(const At& c, std::string& word) {
  const auto add = [&](auto value) { word += static_cast<char>('0' + static_cast<int>(value)); };
  const auto& e = c.evse;
  for (const auto& outlet : e.connectors) {
    add(outlet.power_known), add(outlet.cable_known), add(outlet.plugged), add(outlet.power.pilot);
    add(outlet.power.contactor_closed), add(outlet.power.faults != 0), add(outlet.controller_lost.has_value());
    add((outlet.power.faults & bit(power::Fault::emergency_stop)) != 0), add(controller_silent(c, outlet));
  }
  add(e.active), add(e.meter_known), add(e.meter_lost.has_value()), add(meter_silent(c)), add(e.finishing);
  add(e.pending ? 1 + static_cast<int>(e.pending->question.purpose) : 0), add(e.recovering);
  const auto& kept = e.kept;
  add(kept.grant ? (kept.grant->remote_start_id ? 2 : 1) : 0), add(kept.grant && kept.grant->group);
  add(kept.grant && same_token(kept.grant->token, kOther)), add(kept.grant && kept.grant->reservation_id);
  add(e.permit.active), add(e.permit.energize), add(kept.availability.operative), add(kept.availability.closes);
  for (const auto& one : kept.connectors) add(one.operative), add(one.closes);
  add(kept.backend_limit_ma.has_value()), add(kept.cable_used), add(kept.holder.has_value());
  const auto& t = kept.transaction;
  add(t.has_value());
  if (!t) return;
  add(t->ending.has_value()), add(e.opened.has_value()), add(t->charging), add(t->invalid), add(t->has_charged);
  add(t->connector), add(t->connected), add(t->token.has_value()), add(t->cause.has_value());
}

std::string word_of(const Context& c) {
  std::string word;
  const auto add = [&](auto value) { word += static_cast<char>('0' + static_cast<int>(value)); };
  for_each_evse(c, [&](const At& at) { describe(at, word); });
  add(c.state.online), add(c.state.kept.reset_when_idle), add(c.state.resetting), add(c.state.reservations.held.size);
  const auto* known = c.archive.cache.find(kOwner, c.moment.time, 0);
  add(known == nullptr ? 0 : known->info.status == AuthorizationStatus::accepted ? 1 : 2);
  return word;
}

template <class T>
void append(std::vector<std::byte>& bytes, const T& record) {
  const auto at = bytes.size();
  bytes.resize(at + wire::max_size<T>());
  bytes.resize(at + wire::encode(record, std::span{bytes}.subspan(at)));
}
std::vector<std::byte> bytes_of(EvseRecord kept) {
  if (kept.transaction) kept.transaction->register_mwh = 0;  // stored now and then only
  std::vector<std::byte> bytes;
  append(bytes, kept);
  return bytes;
}
std::vector<std::byte> bytes_of(StationRecord kept) {
  kept.acknowledged = 0;
  std::vector<std::byte> bytes;
  append(bytes, kept);
  return bytes;
}

void check_permit(const At& c) {
  const auto& e = c.evse;
  if (!e.permit.energize) return;
  const bool by_energy = contains(c.state.settings.tx_start, TxPoint::energy_transfer);
  REQUIRE((e.kept.transaction || by_energy));
  REQUIRE(e.kept.grant);
  REQUIRE(c.plugged());
  REQUIRE(e.permit.connector == e.active);
  REQUIRE(c.connector().power.faults == 0);
  REQUIRE(operative(c));
  REQUIRE_FALSE(c.state.resetting);
  if (e.kept.transaction) REQUIRE_FALSE(e.kept.transaction->invalid);
  if (e.kept.transaction) REQUIRE_FALSE(e.kept.transaction->ending);
  REQUIRE_FALSE(controller_silent(c, c.connector()));
  REQUIRE(e.permit.limit_ma >= kLeastOfferMa);
  REQUIRE(e.permit.limit_ma <= c.place.hardware_max_ma);
}

struct Open {
  std::optional<TransactionId> id{};
  std::uint32_t seq = 0;
};
Open open_of(const EvseRecord& kept) {
  return kept.transaction ? Open{kept.transaction->id, kept.transaction->next_seq} : Open{};
}

void check_events(const Station& before, const Context& after) {
  auto number = before.kept.next_number;
  std::vector<Open> open;
  for (const auto& evse : before.evses) open.push_back(open_of(evse.kept));
  for (std::size_t i = 0; i < after.archive.outbox.size(); ++i) {
    const auto& event = after.archive.outbox[i];
    auto& here = open[event.evse - 1U];
    REQUIRE(event.number == number++);
    if (event.type == EventType::started) {
      REQUIRE_FALSE(here.id);
      here = {event.transaction, 0};
    }
    REQUIRE(here.id == event.transaction);
    REQUIRE(event.seq_no == here.seq++);
    REQUIRE(event.stopped.has_value() == (event.type == EventType::ended));
    if (event.type == EventType::ended) here = {};
  }
  REQUIRE(number == after.state.kept.next_number);
  for (std::size_t i = 0; i < open.size(); ++i) {
    const auto now = open_of(after.state.evses[i].kept);
    REQUIRE(open[i].id == now.id);
    if (now.id) REQUIRE(open[i].seq == now.seq);
  }
}

void check_evse(const Node& before, const At& after) {
  check_permit(after);
  const auto& was = before.station.evses[after.number - 1U];
  const auto& e = after.evse;
  const bool told = ((after.actions.permits_changed >> (after.number - 1U)) & 1U) != 0;
  REQUIRE((told || was.permit == e.permit));
  if (bytes_of(was.kept) != bytes_of(e.kept)) REQUIRE(((after.actions.write_evses >> (after.number - 1U)) & 1U) != 0);
  if (e.kept.transaction && !e.kept.transaction->ending && !e.recovering)
    REQUIRE((e.kept.grant || e.kept.transaction->connected));
  const auto view = snapshot(after);
  REQUIRE((view.state == State::charging) <= e.permit.energize);
  REQUIRE(view.limits.size >= 2);
}

void check_step(const Node& before, const Context& after) {
  for_each_evse(after, [&](const At& at) { check_evse(before, at); });
  check_events(before.station, after);
  REQUIRE(after.actions.notes.size < kNotesPerStep);
  REQUIRE(after.actions.wake > after.moment.now);  // else the loop would spin
  if (bytes_of(before.station.kept) != bytes_of(after.state.kept)) REQUIRE(after.actions.write_station);
  std::uint32_t drawn = 0;
  for (const auto& evse : after.state.evses) drawn += evse.permit.energize ? evse.permit.limit_ma : 0U;
  REQUIRE(drawn <= after.config.installation_max_ma);
}

/// Breadth first, at most `most` states.
class Exploration {
 public:
  Exploration(const Config& config, std::vector<Event> events, std::size_t most = SIZE_MAX)
      : config_(config), events_(std::move(events)), most_(most) {}

  std::size_t run(bool found_after_power_loss) {
    auto first = std::make_unique<Node>();
    first->moment = {Instant{std::chrono::seconds{1000}}, Timestamp{1'767'225'600'000}};
    first->station.settings = config_.settings;
    lay_out(config_, first->station);
    if (found_after_power_loss) put_transaction(*first);
    Actions actions{};
    begin(Context{config_, first->station, *archive_, first->moment, actions}, found_after_power_loss, 0xffffffff);
    remember(std::move(first));
    while (!open_.empty()) {
      const auto node = std::move(open_.front());
      open_.pop_front();
      for (const auto& event : events_) step(*node, event);
    }
    MESSAGE("states ", seen_.size(), ", steps ", steps_);
    return seen_.size();
  }

 private:
  static void put_transaction(Node& node) {
    auto& kept = node.station.evses[0].kept;
    kept.grant = Grant{.token = kOwner, .group = kGroup};
    kept.transaction = Transaction{.id = "0",
                                   .connector = 1,
                                   .token = kOwner,
                                   .started = node.moment.time,
                                   .next_seq = 3,
                                   .seen = node.moment.time,
                                   .connected = true};
    kept.cable_used = true;
  }
  void remember(std::unique_ptr<Node> node) {
    Actions none{};
    const Context c{config_, node->station, *archive_, node->moment, none};
    if (seen_.size() < most_ && seen_.insert(word_of(c)).second) open_.push_back(std::move(node));
  }
  void step(const Node& before, const Event& event) {
    auto next = std::make_unique<Node>(before);
    next->moment.now += event.later;
    next->moment.time.unix_ms += event.later.count() / 1000;
    if (!next->station.spare_id) next->station.spare_id = text_of<36>("transaction-", ++ids_);
    archive_->cache.clear();
    if (before.cached) archive_->cache.put(*before.cached);
    Core core{config_, next->station, *archive_};
    CAPTURE(event.name);
    core.step(next->moment, [&](const Context& c) { event.happen(c); });
    auto actions = core.actions();
    check_step(before, Context{config_, next->station, *archive_, next->moment, actions});
    ++steps_;
    const auto* known = archive_->cache.find(kOwner, next->moment.time, 0);
    next->cached = known == nullptr ? std::nullopt : std::optional{*known};
    archive_->outbox.set_durable(next->station.kept.next_number - 1);
    archive_->outbox.acknowledge(next->station.kept.next_number);
    remember(std::move(next));
  }

  const Config& config_;
  std::vector<Event> events_;
  std::size_t most_;
  std::unique_ptr<Archive> archive_ = std::make_unique<Archive>();
  std::deque<std::unique_ptr<Node>> open_{};
  std::unordered_set<std::string> seen_{};
  std::size_t ids_ = 0;
  std::size_t steps_ = 0;
};

constexpr std::size_t kMany = 6'000;  ///< states of each further station: the first ones, breadth first

}  // namespace

TEST_CASE("in every reachable state every event keeps the rules of permit, transaction and durability") {
  Config config{};
  config.settings.offline_tx_for_unknown_id = true;
  CHECK(Exploration{config, events()}.run(false) > 300);
}

TEST_CASE(
    "the same holds with a transaction found after a power loss, tolerant settings and no ending on an invalid token") {
  Config config{};
  config.settings.stop_tx_on_invalid_id = false;
  config.settings.authorize_remote_start = true;
  config.resume_after_power_loss_s = 3600;
  config.on_meter_fault = OnMeterFault::go_on;
  CHECK(Exploration{config, events(), 20'000}.run(true) > 300);
}

TEST_CASE("the same holds for every pair of a start and a stop point") {
  constexpr TxPoint kPoints[] = {TxPoint::ev_connected, TxPoint::authorized, TxPoint::power_path_closed,
                                 TxPoint::energy_transfer};
  for (const auto start : kPoints) {
    for (const auto stop : kPoints) {
      CAPTURE(enum_text(start));
      CAPTURE(enum_text(stop));
      Config config{};
      config.settings.tx_start.data[0] = start;
      config.settings.tx_stop.data[0] = stop;
      config.settings.stop_tx_on_ev_side_disconnect = start == stop;
      CHECK(Exploration{config, events(), kMany / 4}.run(false) > 300);
    }
  }
}

TEST_CASE("the same holds for two EVSEs that share a supply, and for two connectors of one EVSE") {
  Config config{};
  config.installation_max_ma = 20'000;
  REQUIRE(config.evses.push_back({}));
  CHECK(Exploration{config, events_of_many(config), kMany}.run(false) > 300);
  Config twins{};
  REQUIRE(twins.evses[0].connectors.push_back("sType2"));
  CHECK(Exploration{twins, events_of_many(twins), kMany}.run(false) > 300);
}
