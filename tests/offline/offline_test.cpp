// Three days, fifty charges, a network that comes and goes: everything is told in order, nothing twice, and nothing grows
// beyond its limit. BULWATT_OFFLINE_SEEDS=100 tries more lives.
#include <cstdlib>

#include "tests/offline/station.hpp"

using namespace bulwatt;
using namespace bulwatt::offline;
using session::EventType;
using session::testing::kOwner;

namespace {

using Cut = journal::MemoryStorage::Cut;
constexpr int kCharges = 50;
constexpr auto kThreeDays = 72h;
constexpr auto kDeliver = 2h;  ///< with a good network, after all that time

class Life {
 public:
  explicit Life(const Plan& plan) : plan_(plan), station_(plan) {}

  /// Charges spread over three days; `flapping`: the network comes and goes, otherwise it stays away.
  void run(bool flapping) {
    flapping_ = flapping;
    const auto begin = station_.world.now;
    for (int i = 0; i < kCharges; ++i) {
      rest_until(begin + kThreeDays * i / kCharges);
      charge();
    }
    rest_until(begin + kThreeDays);
    waiting_ = station_.store().events().size();
    station_.set_network(true);
    for (int i = 0; i < 7200 && waiting(); ++i) live(std::chrono::duration_cast<Duration>(kDeliver) / 7200, false);
    REQUIRE_FALSE(waiting());
    REQUIRE(started_ == kCharges);
    session::testing::check_story(station_.made);
    REQUIRE(std::ranges::count(station_.made, EventType::ended, &session::TransactionEvent::type) == kCharges);
  }
  Station& station() { return station_; }
  std::size_t most_waiting() const { return waiting_; }

 private:
  std::uint32_t pick(std::uint32_t below) { return static_cast<std::uint32_t>(station_.random()() % below); }
  bool charging() { return station_.world.evse().kept.transaction.has_value(); }
  bool waiting() { return !station_.store().events().empty() || !station_.world.archive().outbox.empty(); }
  void rest_until(Instant when) {
    while (station_.world.now < when) live(std::min<Duration>(when - station_.world.now, 10s), flapping_);
  }
  /// A piece of time in which anything may happen to network and power.
  void live(Duration time, bool flapping) {
    auto& s = station_;
    s.pass(time);
    s.check_bounds();
    if (!flapping) return;
    if (s.world.now >= flap_) {
      s.set_network(!s.backend.up());
      const auto seconds = s.backend.up() ? 1 + pick(600) : pick(4) == 0 ? 600 + pick(4 * 3600) : 1 + pick(120);
      flap_ = s.world.now + std::chrono::seconds{seconds};
    }
    if (!plan_.deaths) return;
    if (pick(400) == 0) s.kill_ocpp();
    if (pick(400) == 0) s.kill_session();
    if (pick(2000) == 0) s.cut_power(static_cast<Cut>(pick(4)));
  }
  void charge() {
    auto& world = station_.world;
    world.plug();
    for (int tries = 0; !charging(); ++tries) {
      REQUIRE(tries < 100);
      static_cast<void>(world.service().on(session::PresentToken{1, kOwner}));
      world.service().end_of_turn();
      for (int i = 0; i < 40 && !charging(); ++i) live(1s, false);
    }
    ++started_;
    const auto until = world.now + std::chrono::seconds{600 + pick(2400)};
    while (world.now < until && charging()) live(10s, flapping_);
    world.unplug();
    for (int i = 0; i < 60 && charging(); ++i) live(1s, false);
    REQUIRE_FALSE(charging());
  }

  Plan plan_;
  Station station_;
  Instant flap_{};
  bool flapping_ = false;
  int started_ = 0;
  std::size_t waiting_ = 0;
};

/// What was billed by the ends and beginnings of the story.
double billed_wh(const std::vector<Told>& story) {
  double sum = 0;
  for (const auto& event : story) {
    if (event.type == "Started") sum -= event.register_wh;
    if (event.type == "Ended") sum += event.register_wh;
  }
  return sum;
}

std::uint32_t seeds() {
  const char* text = std::getenv("BULWATT_OFFLINE_SEEDS");
  return text == nullptr ? 1 : static_cast<std::uint32_t>(std::strtoul(text, nullptr, 10));
}

/// The rule of a full queue, said once more: every second sample goes, the first of them too; Started and Ended never.
class Queue {
 public:
  explicit Queue(std::size_t limit) : limit_(limit) {}
  void push(const session::TransactionEvent& event) {
    const auto bytes = Station::size_on_disk(event);
    while (bytes_ + bytes > limit_) thin_out();
    events_.push_back({event.number, is_sample(event), bytes});
    bytes_ += bytes;
  }
  std::vector<std::uint64_t> numbers() const {
    std::vector<std::uint64_t> numbers;
    for (const auto& event : events_) numbers.push_back(event.number);
    return numbers;
  }
  int passes() const { return passes_; }

 private:
  struct Entry {
    std::uint64_t number = 0;
    bool sample = false;
    std::size_t bytes = 0;
  };
  static bool is_sample(const session::TransactionEvent& event) {
    return event.type == EventType::updated && event.trigger == session::Trigger::meter_value_periodic;
  }
  void thin_out() {
    std::vector<Entry> kept;
    bool goes = true;
    for (const auto& event : events_) {
      if (event.sample && std::exchange(goes, !goes)) bytes_ -= event.bytes;
      else kept.push_back(event);
    }
    REQUIRE(kept.size() < events_.size());
    events_ = kept;
    ++passes_;
  }
  std::size_t limit_;
  std::size_t bytes_ = 0;
  std::vector<Entry> events_;
  int passes_ = 0;
};

}  // namespace

TEST_CASE("three days, fifty charges, a flapping network: all is delivered in order, nothing is lost or doubled") {
  int repeated = 0;
  for (std::uint32_t seed = 1; seed <= seeds(); ++seed) {
    for (const bool deaths : {false, true}) {
      CAPTURE(seed);
      CAPTURE(deaths);
      Life life{{.seed = seed, .deaths = deaths}};
      auto& s = life.station();
      const auto before = s.world.import_mwh;
      life.run(true);
      REQUIRE(s.backend.story.size() == s.made.size());
      for (std::size_t i = 0; i < s.made.size(); ++i) {
        REQUIRE(s.backend.story[i].transaction == s.made[i].transaction.view());
        REQUIRE(s.backend.story[i].seq_no == static_cast<int>(s.made[i].seq_no));
      }
      CHECK(s.left_out_notes == 0);
      repeated += s.backend.repeated;
      const auto flowed_wh = static_cast<double>(s.world.import_mwh - before) / 1000;
      const auto slack_wh = deaths ? kCharges * 3.1 : 0.5;  // a power cut may hide the last second of 11 kW
      CHECK(billed_wh(s.backend.story) == doctest::Approx(flowed_wh).epsilon(slack_wh / flowed_wh));
      MESSAGE("seed ", seed, ": ", s.made.size(), " events, ", s.backend.repeated, " sent again, ", flowed_wh / 1000,
              " kWh");
    }
  }
  CHECK(repeated > 0);  // answers were lost, or this was no trial
}

TEST_CASE(
    "three days, fifty charges, no network and a small queue: every second sample goes, never a Started or Ended") {
  for (std::uint32_t seed = 1; seed <= seeds(); ++seed) {
    CAPTURE(seed);
    constexpr std::uint32_t kQueueKib = 64;
    Life life{{.seed = seed, .queue_kib = kQueueKib}};
    auto& s = life.station();
    const auto before = s.world.import_mwh;
    life.run(false);
    Queue expected{kQueueKib * 1024};
    for (const auto& event : s.made) expected.push(event);
    const auto numbers = expected.numbers();
    REQUIRE(expected.passes() > 0);
    CHECK(s.left_out_notes > 0);
    REQUIRE(s.backend.story.size() == numbers.size());
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      const auto& event = s.made[numbers[i] - 1];
      REQUIRE(s.backend.story[i].transaction == event.transaction.view());
      REQUIRE(s.backend.story[i].seq_no == static_cast<int>(event.seq_no));
    }
    for (const auto* type : {"Started", "Ended"})
      CHECK(std::ranges::count(s.backend.story, type, &Told::type) == kCharges);
    const auto flowed_wh = static_cast<double>(s.world.import_mwh - before) / 1000;
    CHECK(billed_wh(s.backend.story) == doctest::Approx(flowed_wh).epsilon(0.5 / flowed_wh));
    MESSAGE("seed ", seed, ": ", s.made.size(), " events made, ", numbers.size(), " told after ", expected.passes(),
            " rounds of leaving out");
  }
}
