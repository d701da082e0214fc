// Lives of a station in the small world of test_world.hpp, with its rules checked all the way. What happens is chosen by
// numbers: of a seed in property_test.cpp, of the bytes of an input in fuzz/session.cpp.
#pragma once
#include <functional>

#include "services/session/test_world.hpp"

namespace bulwatt::session::testing {

class Life {
 public:
  using Choice = std::function<std::uint32_t()>;
  /// `kind` chooses the station and its settings.
  Life(std::uint32_t kind, Choice choice) : random_(std::move(choice)), world_(config(kind)) {}

  /// Something happens, then time passes.
  void step(Duration time) {
    happen();
    world_.pass(time);
    check();
  }
  /// At last everything is well: every story ends.
  void end() {
    world_.power_alive = true;
    for (auto& bay : world_.bays) {
      bay.meter_alive = true;
      bay.meter_health = meter::Health::good;
      for (auto& socket : bay.sockets) socket.fault_cause = false, socket.faults = 0, socket.lock_jams = false;
    }
    world_.service().power_peer(true);
    world_.ledger_full = false;
    world_.ledger_failure = ipc::Failure::none;
    world_.storage.refuse_room(0, 0);
    world_.pass(10s);
    for (std::uint8_t evse = 1; evse <= world_.bays.size(); ++evse) world_.unplug(evse, 1), world_.unplug(evse, 2);
    world_.pass(700s);
    world_.fetch();
    check_story(world_.events);
    REQUIRE(all_ended(world_.events));
    for (const auto& bay : world_.bays) REQUIRE_FALSE(bay.permit.active);
    ended_ = static_cast<std::size_t>(std::ranges::count(world_.events, EventType::ended, &TransactionEvent::type));
  }
  std::size_t ended() const { return ended_; }
  std::int64_t charged_mwh() const {
    std::int64_t sum = 0;
    for (const auto& bay : world_.bays) sum += bay.import_mwh - 5'000'000;
    return sum;
  }

 private:
  static Config config(std::uint32_t seed) {
    Config c = seed % 2 == 0 ? Config{} : two_evses();
    if (seed % 6 == 1) c.installation_max_ma = 20'000;
    constexpr TxPoint kStart[] = {TxPoint::power_path_closed, TxPoint::ev_connected, TxPoint::authorized,
                                  TxPoint::energy_transfer};
    constexpr TxPoint kStop[] = {TxPoint::power_path_closed, TxPoint::authorized, TxPoint::ev_connected,
                                 TxPoint::energy_transfer};
    c.settings.tx_start.data[0] = kStart[seed / 2 % 4];
    c.settings.tx_stop.data[0] = kStop[seed / 3 % 4];
    c.settings.stop_tx_on_ev_side_disconnect = seed % 5 != 0;
    if (seed % 7 == 2) c.settings.max_energy_on_invalid_id_wh = 500;
    c.settings.ended_interval_s = seed % 4 * 11;
    c.settings.aligned_interval_s = seed % 3 * 60;
    c.settings.aligned_ended_interval_s = seed % 5 * 20;
    c.settings.local_pre_authorize = seed % 4 == 1;
    c.settings.authorization = seed % 11 != 10;
    c.settings.offline_tx_for_unknown_id = seed % 2 == 0;
    c.settings.stop_tx_on_invalid_id = seed % 3 != 0;
    c.settings.sample_interval_s = seed % 5 * 7;
    c.resume_after_power_loss_s = seed % 4 == 0 ? 3600 : 0;
    c.on_meter_fault = seed % 7 == 0 ? OnMeterFault::go_on : OnMeterFault::suspend;
    return c;
  }
  bool one_in(std::uint32_t n) { return random_() % n == 0; }

  std::uint8_t any_evse() { return static_cast<std::uint8_t>(1 + random_() % world_.bays.size()); }
  std::uint8_t any_connector(std::uint8_t evse) {
    return static_cast<std::uint8_t>(1 + random_() % world_.evse(evse).connectors.size);
  }

  void happen() {
    auto& w = world_;
    const auto evse = any_evse();
    const auto connector = any_connector(evse);
    switch (random_() % 33) {
      case 0:
      case 1:
      case 2: w.plug(evse, connector); break;
      case 3: w.unplug(evse, connector); break;
      case 4:
      case 5:
      case 6: w.present(one_in(4) ? kOther : kOwner, one_in(2) ? evse : std::uint8_t{0}); break;
      case 7:
      case 8:
      case 9: answer(); break;
      case 10:
        w.ask(RemoteStart{one_in(2) ? evse : std::uint8_t{0}, kOwner, static_cast<std::int32_t>(random_() % 1000),
                          one_in(2)});
        break;
      case 11: w.ask(RemoteStop{w.look(evse).transaction.value_or(TransactionId{"none"})}); break;
      case 12:
        if (one_in(3)) availability(evse, connector);
        break;
      case 13:
      case 14: open_all(); break;
      case 15:
        if (one_in(4)) w.ask(Reset{0, one_in(2)});
        break;
      case 16: w.ask(SetLink{!one_in(6), true}); break;
      case 17: w.kill(); break;
      case 18:
        if (one_in(3)) w.cut_power(static_cast<journal::MemoryStorage::Cut>(random_() % 4));
        break;
      case 19: meter(evse); break;
      case 20: power(evse, connector); break;
      case 21: w.car_wants(one_in(2), evse); break;
      case 22:
        if (w.look(evse).transaction) w.ask(AnswerTransaction{*w.look(evse).transaction, verdict()});
        break;
      case 23:
        w.ask(SetBackendLimit{one_in(4) ? std::uint8_t{0} : evse,
                              one_in(2) ? std::nullopt : std::optional<std::uint32_t>{random_() % 40'000}});
        break;
      case 24: ledger(); break;
      case 25: reservation(evse); break;
      case 26: local_list(); break;
      case 27: static_cast<void>(w.service().on(Unlock{evse, connector})); break;
      case 28: w.ask(ClearCache{}); break;
      case 29:
      case 30:
      case 31: vehicle(evse, connector); break;
      default: w.storage.refuse_room(random_() % 300, one_in(2) ? static_cast<int>(random_() % 5) : 0); break;
    }
    if (w.restarts > 0) w.restarts = 0, w.cut_power(journal::MemoryStorage::Cut::all_kept);
    if (one_in(3)) w.fetch(one_in(2));
  }
  void availability(std::uint8_t evse, std::uint8_t connector) {
    if (one_in(3)) evse = 0;
    world_.ask(ChangeAvailability{evse, evse != 0 && one_in(2) ? connector : std::uint8_t{0}, false});
  }
  void open_all() {
    world_.ask(ChangeAvailability{0, 0, true});
    for (std::uint8_t evse = 1; evse <= world_.bays.size(); ++evse) {
      world_.ask(ChangeAvailability{evse, 0, true});
      for (std::uint8_t k = 1; k <= world_.evse(evse).connectors.size; ++k)
        world_.ask(ChangeAvailability{evse, k, true});
    }
  }
  void reservation(std::uint8_t evse) {
    const auto expiry = Timestamp{world_.moment().time.unix_ms + static_cast<std::int64_t>(random_() % 60'000)};
    const auto id = static_cast<std::int32_t>(random_() % 4);
    if (one_in(3)) world_.ask(CancelReservation{id});
    else
      static_cast<void>(world_.service().on(
          Reserve{id, one_in(2) ? evse : std::uint8_t{0}, {}, one_in(2) ? kOther : kOwner, {}, expiry}));
    static_cast<void>(world_.service().on(NextReservationUpdate{static_cast<std::uint32_t>(random_() % 8)}));
  }
  void local_list() {
    UpdateLocalList part{
        .version = static_cast<std::int32_t>(1 + random_() % 50), .full = one_in(2), .first = true, .last = true};
    REQUIRE(part.entries.push_back({kOther, one_in(2) ? std::optional{verdict()} : std::nullopt}));
    world_.ask(part);
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
  /// v2g says anything that its interface lets it say, or is gone.
  void vehicle(std::uint8_t evse, std::uint8_t connector) {
    if (one_in(6)) return world_.service().vehicle_peer(false);
    ReportVehicle report{.evse = evse, .connector = connector};
    report.connected = !one_in(3);
    report.authorization = one_in(2);
    report.supply = one_in(2) ? VehicleSupply::close : static_cast<VehicleSupply>(random_() % 4);
    report.car.protocol = one_in(3) ? VehicleProtocol::none : VehicleProtocol::iso15118_2;
    world_.ask(report);
  }
  void meter(std::uint8_t evse) {
    auto& bay = world_.bay(evse);
    bay.meter_alive = !one_in(4);
    bay.meter_health = one_in(8) ? meter::Health::garbled : meter::Health::good;
    if (!bay.meter_alive && world_.bays.size() == 1) world_.service().meter_peer(false);
  }
  void power(std::uint8_t evse, std::uint8_t connector) {
    world_.power_alive = !one_in(4);
    if (!world_.power_alive) return world_.service().power_peer(false);
    world_.service().power_peer(true);
    auto& socket = world_.socket(evse, connector);
    socket.has_lock = connector == 2;
    socket.lock_jams = one_in(6);
    socket.fault_cause = one_in(3);
    world_.set_faults(one_in(5) ? std::uint32_t{1} << random_() % 12 : 0, evse, connector);
  }
  void ledger() {
    world_.ledger_full = one_in(6);
    world_.ledger_failure = one_in(6) ? ipc::Failure::timed_out : ipc::Failure::none;
  }
  void check() {
    for (std::uint8_t evse = 1; evse <= world_.bays.size(); ++evse) check(evse);
    if (one_in(20)) check_story(world_.fetch(false));
  }
  void check(std::uint8_t evse) {
    const auto view = world_.look(evse);
    const auto& permit = world_.bay(evse).permit;
    if (permit.energize && world_.power_alive) {
      const bool by_energy = contains(world_.station().settings.tx_start, TxPoint::energy_transfer);
      REQUIRE((view.transaction || by_energy));
      REQUIRE(world_.evse(evse).kept.grant);
      REQUIRE(world_.socket(evse, permit.connector).car);
      REQUIRE(permit.limit_ma >= kLeastOfferMa);
      const auto& vehicle = world_.evse(evse).vehicle;
      if (permit.digital) REQUIRE((vehicle.last.connected && vehicle.last.supply == VehicleSupply::close));
    }
    // Nobody holds a transaction whom nothing could end.
    const auto& kept = world_.evse(evse).kept;
    if (kept.transaction && !kept.transaction->ending && !world_.evse(evse).recovering)
      REQUIRE((kept.grant || kept.transaction->connected));
  }

  Choice random_;
  World world_;
  std::size_t ended_ = 0;
};

}  // namespace bulwatt::session::testing
