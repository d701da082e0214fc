// Long random lives of a station from fixed seeds, with the same rules checked all the way.
#include "services/session/test_world.hpp"

using namespace bulwatt;
using namespace bulwatt::session;
using namespace bulwatt::session::testing;

namespace {

constexpr int kLives = 40;
constexpr int kEventsPerLife = 600;

class Life {
 public:
  explicit Life(std::uint32_t seed) : random_(seed), world_(config(seed)) {}

  void run() {
    for (int i = 0; i < kEventsPerLife; ++i) {
      happen();
      world_.pass(std::chrono::milliseconds{random_() % 4000});
      check();
    }
    // At last everything is well: every story ends.
    world_.power_alive = world_.meter_alive = true;
    world_.meter_health = meter::Health::good;
    world_.ledger_full = false;
    world_.ledger_failure = ipc::Failure::none;
    world_.storage.refuse_room(0, 0);
    world_.fault_cause = false;
    world_.pass(10s);
    world_.unplug();
    world_.pass(700s);
    world_.fetch();
    check_story(world_.events);
    if (!world_.events.empty()) REQUIRE(world_.events.back().type == EventType::ended);
    REQUIRE(world_.permit == Permit{});
    ended_ = static_cast<std::size_t>(std::ranges::count(world_.events, EventType::ended, &TransactionEvent::type));
  }
  std::size_t ended() const { return ended_; }
  std::int64_t charged_mwh() const { return world_.import_mwh - 5'000'000; }

 private:
  static Config config(std::uint32_t seed) {
    Config c{};
    c.settings.offline_tx_for_unknown_id = seed % 2 == 0;
    c.settings.stop_tx_on_invalid_id = seed % 3 != 0;
    c.settings.sample_interval_s = seed % 5 * 7;
    c.resume_after_power_loss_s = seed % 4 == 0 ? 3600 : 0;
    c.on_meter_fault = seed % 7 == 0 ? OnMeterFault::go_on : OnMeterFault::suspend;
    return c;
  }
  bool one_in(std::uint32_t n) { return random_() % n == 0; }

  void happen() {
    auto& w = world_;
    switch (random_() % 26) {
      case 0:
      case 1:
      case 2: w.plug(); break;
      case 3: w.unplug(); break;
      case 4:
      case 5:
      case 6: w.present(one_in(4) ? kOther : kOwner); break;
      case 7:
      case 8:
      case 9: answer(); break;
      case 10: w.ask(RemoteStart{0, kOwner, static_cast<std::int32_t>(random_() % 1000), one_in(2)}); break;
      case 11: w.ask(RemoteStop{w.look().transaction.value_or(TransactionId{"none"})}); break;
      case 12:
        if (one_in(3)) w.ask(ChangeAvailability{static_cast<std::uint8_t>(random_() % 2), 0, false});
        break;
      case 13:
      case 14: w.ask(ChangeAvailability{0, 0, true}), w.ask(ChangeAvailability{1, 0, true}); break;
      case 15:
        if (one_in(4)) w.ask(Reset{0, one_in(2)});
        break;
      case 16: w.ask(SetLink{!one_in(6)}); break;
      case 17: w.kill(); break;
      case 18:
        if (one_in(3)) w.cut_power(static_cast<journal::MemoryStorage::Cut>(random_() % 4));
        break;
      case 19: meter(); break;
      case 20: power(); break;
      case 21: w.car_wants(one_in(2)); break;
      case 22:
        if (w.look().transaction) w.ask(AnswerTransaction{*w.look().transaction, verdict()});
        break;
      case 23:
        w.ask(SetBackendLimit{1, one_in(2) ? std::nullopt : std::optional<std::uint32_t>{random_() % 40'000}});
        break;
      case 24: ledger(); break;
      default: w.storage.refuse_room(random_() % 300, one_in(2) ? static_cast<int>(random_() % 5) : 0); break;
    }
    if (w.restarts > 0) w.restarts = 0, w.cut_power(journal::MemoryStorage::Cut::all_kept);
    if (one_in(3)) w.fetch(one_in(2));
  }
  Authorization verdict() {
    const auto group = one_in(2) ? std::optional{kGroup} : std::nullopt;
    return {one_in(4) ? AuthorizationStatus::invalid : AuthorizationStatus::accepted, group};
  }
  void answer() {
    const auto pending = world_.ask(NextAuthorization{});
    if (pending.request == 0) return;
    world_.ask(AnswerAuthorization{pending.request, one_in(6) ? std::nullopt : std::optional{verdict()}});
  }
  void meter() {
    world_.meter_alive = !one_in(4);
    world_.meter_health = one_in(8) ? meter::Health::garbled : meter::Health::good;
    world_.service().meter_peer(world_.meter_alive);
  }
  void power() {
    world_.power_alive = !one_in(4);
    if (!world_.power_alive) return world_.service().power_peer(false);
    world_.service().power_peer(true);
    world_.fault_cause = one_in(3);
    world_.set_faults(one_in(5) ? std::uint32_t{1} << random_() % 12 : 0);
  }
  void ledger() {
    world_.ledger_full = one_in(6);
    world_.ledger_failure = one_in(6) ? ipc::Failure::timed_out : ipc::Failure::none;
  }
  void check() {
    const auto view = world_.look();
    if (world_.permit.energize && world_.power_alive) {
      REQUIRE(view.transaction);
      REQUIRE(world_.car);
      REQUIRE(world_.permit.limit_ma >= kLeastOfferMa);
    }
    if (view.transaction) REQUIRE_FALSE(world_.station().ongoing.grant);
    if (one_in(20)) check_story(world_.fetch(false));
  }

  std::mt19937 random_;
  World world_;
  std::size_t ended_ = 0;
};

}  // namespace

TEST_CASE("in long random lives no event is lost, doubled or out of order, and energy needs a transaction and a car") {
  std::size_t ended = 0;
  std::int64_t charged = 0;
  for (std::uint32_t seed = 1; seed <= kLives; ++seed) {
    CAPTURE(seed);
    Life life{seed};
    life.run();
    ended += life.ended();
    charged += life.charged_mwh();
  }
  MESSAGE((kLives * kEventsPerLife), " events, ", ended, " transactions, ", charged / 1'000'000, " kWh");
  CHECK(ended > 250);
}
