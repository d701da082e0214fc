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
#include "services/session/limits.hpp"
#include "services/session/snapshot.hpp"
#include "services/session/transaction.hpp"

using namespace bulwatt;
using namespace bulwatt::session;

namespace {

struct Node {
  Station station{};
  Moment moment{};
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
  if (c.state.pending) answer_authorization(c, c.state.pending->request, answer);
}
TransactionId running(const Context& c) {
  return c.state.ongoing.transaction ? c.state.ongoing.transaction->id : TransactionId{"none"};
}

std::vector<Event> events() {
  using power::Pilot;
  using S = AuthorizationStatus;
  const auto power = [](power::Status s) { return [s](const Context& c) { power_reported(c, s); }; };
  return {
      {"unplugged", power(status(Pilot::a))},
      {"plugged", power(status(Pilot::b2))},
      {"car draws", power(status(Pilot::c2, true))},
      {"pilot dead", power(status(Pilot::e))},
      {"fault current", power(status(Pilot::b1, false, bit(power::Fault::rcd_trip)))},
      {"emergency stop", power(status(Pilot::b1, false, bit(power::Fault::emergency_stop)))},
      {"fault without car", power(status(Pilot::a, false, bit(power::Fault::rcd_trip)))},
      {"controller dead", power(status(Pilot::b2, false, 0, false))},
      {"meter reads", [](const Context& c) { meter_reported(c, reading(c)); }},
      {"meter garbled", [](const Context& c) { meter_reported(c, reading(c, meter::Health::garbled)); }},
      {"owner's token", [](const Context& c) { present_token(c, kOwner); }},
      {"another token", [](const Context& c) { present_token(c, kOther); }},
      {"accepted", [](const Context& c) { answer_pending(c, Authorization{S::accepted, kGroup}); }},
      {"blocked", [](const Context& c) { answer_pending(c, Authorization{S::blocked, {}}); }},
      {"not asked", [](const Context& c) { answer_pending(c, {}); }},
      {"transaction accepted", [](const Context& c) { answer_transaction(c, running(c), {S::accepted, kGroup}); }},
      {"transaction invalid", [](const Context& c) { answer_transaction(c, running(c), {S::invalid, {}}); }},
      {"remote start", [](const Context& c) { remote_start(c, {0, kOwner, 42, false}); }},
      {"remote start, ask", [](const Context& c) { remote_start(c, {1, kOwner, 43, true}); }},
      {"remote stop", [](const Context& c) { remote_stop(c, running(c)); }},
      {"inoperative", [](const Context& c) { change_availability(c, 1, false); }},
      {"operative", [](const Context& c) { change_availability(c, 1, true); }},
      {"reset when idle", [](const Context& c) { reset(c, false); }},
      {"reset now", [](const Context& c) { reset(c, true); }},
      {"trigger", [](const Context& c) { trigger_event(c); }},
      {"online", [](const Context& c) { set_link(c, true); }},
      {"offline", [](const Context& c) { set_link(c, false); }},
      {"limit 0", [](const Context& c) { set_backend_limit(c, 0U); }},
      {"limit lifted", [](const Context& c) { set_backend_limit(c, {}); }},
      {"nothing", [](const Context&) {}},
      {"a second passes", [](const Context&) {}, std::chrono::seconds{2}},
      {"ten minutes pass", [](const Context&) {}, std::chrono::minutes{10}},
  };
}

/// Two nodes with the same word behave the same, but for times and numbers.
std::string word_of(const Config& config, const Node& node) {
  const auto& s = node.station;
  const auto now = node.moment.now;
  std::string word;
  const auto add = [&](auto value) { word += static_cast<char>('0' + static_cast<int>(value)); };
  add(s.power_known), add(s.cable_known), add(s.plugged), add(s.power.pilot), add(s.power.contactor_closed),
      add(s.power.faults != 0);
  add((s.power.faults & bit(power::Fault::emergency_stop)) != 0), add(s.controller_lost.has_value()),
      add(controller_silent(config, s, now));
  add(s.meter_known), add(s.meter_lost.has_value()), add(meter_silent(config, s, now)),
      add(s.pending ? 1 + static_cast<int>(s.pending->purpose) : 0);
  add(s.ongoing.grant ? (s.ongoing.grant->remote_start_id ? 2 : 1) : 0), add(s.ongoing.grant && s.ongoing.grant->group),
      add(s.online);
  add(s.recovering), add(s.finishing), add(s.permit.active), add(s.permit.energize), add(s.ongoing.evse_operative),
      add(s.ongoing.evse_closes);
  add(s.ongoing.reset_when_idle), add(s.resetting), add(s.ongoing.backend_limit_ma.has_value());
  if (const auto& t = s.ongoing.transaction)
    add(t->ending.has_value()), add(s.opened.has_value()), add(t->charging), add(t->deauthorized), add(t->has_charged),
        add(t->grant.group.has_value());
  const auto* known = s.cache.find(kOwner, node.moment.time, 0);
  add(known == nullptr ? 0 : known->status == AuthorizationStatus::accepted ? 1 : 2);
  return word;
}

std::vector<std::byte> durable_bytes(const Station& s) {
  auto ongoing = s.ongoing;
  ongoing.acknowledged = 0;
  if (ongoing.transaction) ongoing.transaction->register_mwh = 0;
  std::vector<std::byte> bytes(wire::max_size<Ongoing>() + wire::max_size<Settings>());
  auto size = wire::encode(ongoing, bytes);
  size += wire::encode(s.settings, std::span{bytes}.subspan(size));
  bytes.resize(size);
  return bytes;
}

void check_permit(const Config& config, const Node& after) {
  const auto& s = after.station;
  if (!s.permit.energize) return;
  REQUIRE(s.ongoing.transaction);
  REQUIRE(s.plugged);
  REQUIRE(s.power.faults == 0);
  REQUIRE(s.ongoing.station_operative);
  REQUIRE(s.ongoing.evse_operative);
  REQUIRE_FALSE(s.resetting);
  REQUIRE_FALSE(s.ongoing.transaction->deauthorized);
  REQUIRE_FALSE(s.ongoing.transaction->ending);
  REQUIRE_FALSE(controller_silent(config, s, after.moment.now));
  REQUIRE(s.permit.limit_ma >= kLeastOfferMa);
  REQUIRE(s.permit.limit_ma <= config.hardware_max_ma);
}

void check_events(const Station& before, const Station& after) {
  auto number = before.ongoing.next_number;
  auto open = before.ongoing.transaction ? std::optional{before.ongoing.transaction->id} : std::nullopt;
  auto seq = before.ongoing.transaction ? before.ongoing.transaction->next_seq : 0;
  for (std::size_t i = 0; i < after.outbox.size(); ++i) {
    const auto& event = after.outbox[i];
    REQUIRE(event.number == number++);
    if (event.type == EventType::started) {
      REQUIRE_FALSE(open);
      REQUIRE(event.token);
      open = event.transaction;
      seq = 0;
    }
    REQUIRE(open == event.transaction);
    REQUIRE(event.seq_no == seq++);
    REQUIRE(event.stopped.has_value() == (event.type == EventType::ended));
    if (event.type == EventType::ended) open.reset();
  }
  REQUIRE(number == after.ongoing.next_number);
  REQUIRE(open.has_value() == after.ongoing.transaction.has_value());
  if (open) REQUIRE(after.ongoing.transaction->next_seq == seq);
}

void check_step(const Config& config, const Node& before, const Node& after, const Actions& actions) {
  check_permit(config, after);
  check_events(before.station, after.station);
  REQUIRE(actions.permit_changed == (before.station.permit != after.station.permit));
  REQUIRE_FALSE((after.station.ongoing.transaction && after.station.ongoing.grant));
  REQUIRE(actions.notes.size < kNotesPerStep);
  REQUIRE(actions.wake > after.moment.now);  // else the loop would spin
  if (durable_bytes(before.station) != durable_bytes(after.station))
    REQUIRE((actions.write_ongoing || actions.write_settings));
  const auto view = snapshot(config, after.station, after.moment);
  REQUIRE((view.state == State::charging) <= after.station.permit.energize);
  REQUIRE(view.limits.size >= 2);
}

std::size_t explore(const Config& config, bool found_after_power_loss) {
  Node first{};
  first.moment = {Instant{std::chrono::seconds{1000}}, Timestamp{1'767'225'600'000}};
  first.station.settings = config.settings;
  if (found_after_power_loss) {
    first.station.ongoing.transaction =
        Transaction{.id = "0", .grant = {kOwner, kGroup, {}}, .started = first.moment.time, .next_seq = 3};
    first.station.ongoing.transaction->seen = first.moment.time;
  }
  begin(config, first.station, first.moment, found_after_power_loss, 0xffffffff);
  std::deque<std::unique_ptr<Node>> open;
  std::unordered_set<std::string> seen{word_of(config, first)};
  open.push_back(std::make_unique<Node>(first));
  const auto all = events();
  std::size_t ids = 0;
  std::size_t steps = 0;
  while (!open.empty()) {
    const auto node = std::move(open.front());
    open.pop_front();
    for (const auto& event : all) {
      auto next = std::make_unique<Node>(*node);
      next->moment.now += event.later;
      next->moment.time.unix_ms += event.later.count() / 1000;
      if (!next->station.spare_id) next->station.spare_id = text_of<36>("transaction-", ++ids);
      Core core{config, next->station};
      CAPTURE(event.name);
      core.step(next->moment, [&](const Context& c) { event.happen(c); });
      check_step(config, *node, *next, core.actions());
      ++steps;
      next->station.outbox.set_durable(next->station.ongoing.next_number - 1);
      next->station.outbox.acknowledge(next->station.ongoing.next_number);
      if (seen.insert(word_of(config, *next)).second) open.push_back(std::move(next));
    }
  }
  MESSAGE("states ", seen.size(), ", steps ", steps);
  return seen.size();
}

}  // namespace

TEST_CASE("in every reachable state every event keeps the rules of permit, transaction and durability") {
  Config config{};
  config.settings.offline_tx_for_unknown_id = true;
  CHECK(explore(config, false) > 300);
}

TEST_CASE(
    "the same holds with a transaction found after a power loss, tolerant settings and no ending on an invalid token") {
  Config config{};
  config.settings.stop_tx_on_invalid_id = false;
  config.settings.authorize_remote_start = true;
  config.resume_after_power_loss_s = 3600;
  config.on_meter_fault = OnMeterFault::go_on;
  CHECK(explore(config, true) > 300);
}
