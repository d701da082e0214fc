#include "services/v2g/link.hpp"

#include <algorithm>

#include "libs/base/line.hpp"

namespace bulwatt::v2g {
namespace {

secc::ConnectionConfig connection_config(const Config& config, iso15118::Random random, secc::Contracts* contracts) {
  secc::ConnectionConfig out{};
  out.iso2 = {.timers = config.timers,
              .random = random,
              .contracts = config.plug_and_charge ? contracts : nullptr,
              .receipt_every_wh = config.receipt_every_wh};
  out.din.random = random;
  return out;
}

iec61851::Pilot pilot_of(power::Pilot pilot) {
  return static_cast<iec61851::Pilot>(std::to_underlying(pilot) - 1);  // power's has `unknown` first
}

secc::Authorization authorization_of(session::VehicleAuthorization word) {
  switch (word) {
    case session::VehicleAuthorization::granted: return secc::Authorization::granted;
    case session::VehicleAuthorization::refused: return secc::Authorization::refused;
    case session::VehicleAuthorization::open: break;
  }
  return secc::Authorization::open;
}

session::VehicleProtocol protocol_of(const std::optional<iso15118::Protocol>& protocol) {
  if (!protocol) return session::VehicleProtocol::none;
  switch (*protocol) {
    case iso15118::Protocol::din70121: return session::VehicleProtocol::din70121;
    case iso15118::Protocol::iso15118_2: return session::VehicleProtocol::iso15118_2;
    case iso15118::Protocol::iso15118_20_ac:
    case iso15118::Protocol::iso15118_20_dc: break;
  }
  return session::VehicleProtocol::iso15118_20;
}

session::VehicleView view_of(const secc::Connection& connection, const secc::Demand& demand, bool direct) {
  const auto& car = demand.car;
  const bool targets = direct && demand.supply == secc::Supply::close;
  return {.protocol = protocol_of(connection.protocol()),
          .evcc_id = car.evcc_id,
          .soc_percent = car.soc_percent,
          .wanted_mwh = car.wanted_mwh,
          .capacity_mwh = car.capacity_mwh,
          .departure_s = car.departure_s,
          .max_ma = car.max_ma,
          .max_mv = car.max_mv,
          .target_mv = targets ? std::optional{demand.target_mv} : std::nullopt,
          .target_ma = targets ? std::optional{demand.target_ma} : std::nullopt};
}

session::VehicleContract contract_of(const secc::Contract& contract) {
  session::VehicleContract out{.emaid = contract.emaid};
  for (const auto& name : contract.certificates)
    static_cast<void>(out.certificates.push_back({name.issuer_name, name.issuer_key, name.serial, name.responder}));
  return out;
}

secc::Isolation isolation_of(power::Isolation isolation) {
  return static_cast<secc::Isolation>(std::to_underlying(isolation));
}
static_assert(enum_names(secc::Isolation{}) == enum_names(power::Isolation{}));

constexpr std::int32_t kNominalMv = 230'000;
constexpr std::uint32_t kLeastOfferMa = 6'000;
/// Less than session's permit stands without it.
constexpr Duration kSessionPatience = std::chrono::seconds{1};
constexpr std::int32_t kRippleMa = 1'000;

}  // namespace

Link::Link(const LinkConfig& link, const Config& config, iso15118::Random random, Notes& notes,
           secc::Contracts* contracts)
    : link_(link), config_(config), notes_(notes) {
  for (auto& slot : slots_) {
    slot.connection = std::make_unique<secc::Connection>(connection_config(config_, random, contracts));
  }
  station_.evse_id = link.evse_id;
}

// ---- session's side

void Link::set_outlet(const std::optional<session::VehicleOutlet>& outlet, Timestamp time, Instant now) {
  const bool was_plugged = plugged();
  station_.time = time;
  if (!outlet || outlet->pilot == power::Pilot::unknown) {
    if (!silent_since_) silent_since_ = now;
    // A session that is started anew has its permit still standing, and is back before that ends. After that: whether the car is
    // there is not known; that nothing may flow is.
    if (now - *silent_since_ >= kSessionPatience) {
      station_.fault = true;
      station_.contactor_closed = false;
    }
  } else {
    silent_since_.reset();
    station_.pilot = pilot_of(outlet->pilot);
    station_.contactor_closed = outlet->contactor_closed;
    station_.fault = outlet->fault;
    station_.authorization = authorization_of(outlet->authorization);
    station_.waits_for_person = outlet->waits_for_person;
    station_.free_of_charge = outlet->free_of_charge;
    const auto limit = outlet->limit_ma < kLeastOfferMa ? 0U : outlet->limit_ma;
    station_.ac = secc::AcOffer{.nominal_mv = kNominalMv,
                                .max_ma = static_cast<std::int32_t>(limit),
                                .phases = static_cast<std::uint8_t>(outlet->phases == 3 ? 3 : 1)};
    if (outlet->dc) set_dc(*outlet->dc);
    station_.meter_id = outlet->meter_id.view();
    station_.meter_wh.reset();
    if (outlet->register_mwh)
      station_.meter_wh = static_cast<std::uint64_t>(std::max<std::int64_t>(*outlet->register_mwh, 0)) / 1000;
    station_.ask = outlet->stop ? secc::Ask::stop : secc::Ask::nothing;
    digital_ = outlet->digital;
  }
  if (was_plugged && !plugged()) paused_.reset();
  if (sdp_) sdp_->car_connected(plugged() && digital_);
  poll(now);
}

void Link::set_dc(const session::VehicleDcOutlet& dc) {
  station_.ac.reset();
  station_.dc = secc::DcOffer{.max_mv = dc.max_mv,
                              .min_mv = dc.min_mv,
                              .max_ma = dc.max_mw > 0 ? dc.max_ma : 0,
                              .min_ma = 0,
                              .max_mw = dc.max_mw,
                              .ripple_ma = kRippleMa};
  station_.isolation = isolation_of(dc.isolation);
  station_.present_mv = dc.present_mv;
  station_.present_ma = dc.present_ma;
}

bool Link::supplies_dc() const {
  return station_.dc && seat_ != nullptr && seat_->connection->demand().supply != secc::Supply::off;
}

session::ReportVehicle Link::report() const {
  session::ReportVehicle out{.evse = link_.evse, .connector = link_.connector};
  out.paused = paused_.has_value();
  if (seat_ == nullptr) return out;
  const auto demand = seat_->connection->demand();
  out.connected = !demand.ended;
  out.authorization = demand.authorization;
  out.supply = static_cast<session::VehicleSupply>(std::to_underlying(demand.supply));
  out.target_mv = std::clamp(demand.target_mv, 0, 1'500'000);
  out.target_ma = std::clamp(demand.target_ma, 0, 1'000'000);
  if (demand.contract) out.contract = contract_of(*demand.contract);
  out.car = view_of(*seat_->connection, demand, station_.dc.has_value());
  return out;
}

// ---- SDP

void Link::set_offer(const sdp::Offer& offer) {
  sdp_.emplace(offer);
  sdp_->car_connected(plugged() && digital_);
  if (seat_ != nullptr) sdp_->session_with(seat_->peer);
}

std::expected<sdp::Answer, sdp::Ignored> Link::datagram(std::span<const std::byte> bytes, const sdp::Source& source,
                                                        Instant now) {
  if (!sdp_) return std::unexpected(sdp::Ignored::not_offered);
  return sdp_->take(bytes, source, now);
}

// ---- connections

std::optional<std::size_t> Link::arrive(const Address& peer, iso15118::Channel channel, Instant now) {
  if (seat_ != nullptr || !plugged() || !digital_) return std::nullopt;
  auto* place = std::ranges::find(slots_, false, &Slot::open);
  if (place == slots_.end()) place = std::ranges::min_element(slots_, {}, &Slot::since);
  if (place->open) close(*place);
  place->open = true;
  place->peer = peer;
  place->since = now;
  place->close_by.reset();
  // DIN SPEC 70121 is for direct current only.
  place->connection->enable(
      {.din70121 = config_.din70121 && station_.dc.has_value(), .iso15118_2 = config_.iso15118_2});
  place->connection->begin(paused_, channel, now);
  return static_cast<std::size_t>(place - slots_.begin());
}

void Link::take(std::size_t index, std::span<const std::byte> bytes, Instant now) {
  auto& slot = slots_[index];
  if (!slot.open || slot.close_by) return;  // what comes after the end is not looked at
  slot.connection->take(bytes, station_, now);
  settle(slot, now);
}

void Link::gone(std::size_t index, Instant now) {
  auto& slot = slots_[index];
  if (!slot.open) return;
  if (&slot == seat_ && !slot.connection->over())
    notes_.note(Line<96>{"the car of EVSE ", link_.evse, " hung up without ending its session"}.view());
  close(slot);
  static_cast<void>(now);
}

void Link::poll(Instant now) {
  for (auto& slot : slots_) {
    if (!slot.open) continue;
    if (!slot.close_by) {
      slot.connection->poll(station_, now);
      settle(slot, now);
    }
    if (slot.open && slot.close_by && now >= *slot.close_by) close(slot);
  }
}

/// After anything happened to a connection: whether it has the seat now, or is over.
void Link::settle(Slot& slot, Instant now) {
  if (seat_ == nullptr && slot.connection->protocol() && !slot.connection->over()) seat(slot);
  if (!slot.connection->over() || slot.close_by) return;
  leave(slot);
  if (slot.connection->output().empty() && slot.connection->broken() != secc::Broken::none) return close(slot);
  //= ISO15118-2 V2G2-025
  slot.close_by = now + std::chrono::milliseconds{config_.timers.close_ms};
}

void Link::seat(Slot& slot) {
  seat_ = &slot;
  paused_.reset();
  if (sdp_) sdp_->session_with(slot.peer);
  for (auto& other : slots_) {
    if (other.open && &other != &slot) close(other);
  }
  notes_.note(Line<96>{"a car speaks ", enum_text(*slot.connection->protocol()), " at EVSE ", link_.evse}.view());
}

/// Its session is over, whether or not the connection is.
void Link::leave(const Slot& slot) {
  const auto& connection = *slot.connection;
  if (connection.broken() != secc::Broken::none) {
    notes_.note(
        Line<120>{"a connection at EVSE ", link_.evse, " was given up: ", enum_text(connection.broken())}.view());
  } else if (&slot == seat_) {
    const auto cause = connection.cause();
    notes_.note(Line<120>{"the car's session at EVSE ", link_.evse,
                          cause == secc::Cause::none ? " has ended" : " was ended: ",
                          cause == secc::Cause::none ? std::string_view{} : enum_text(cause)}
                    .view());
  }
  if (&slot != seat_) return;
  paused_ = connection.left_paused();
  seat_ = nullptr;
  if (sdp_) sdp_->session_over();
}

void Link::close(Slot& slot) {
  if (&slot == seat_) {
    seat_ = nullptr;
    if (sdp_) sdp_->session_over();
  }
  slot.open = false;
  slot.close_by.reset();
  slot.connection->sent(slot.connection->output().size());
}

Instant Link::next() const {
  Instant next = kNever;
  for (const auto& slot : slots_) {
    if (slot.open) next = std::min(next, slot.close_by ? *slot.close_by : slot.connection->next());
  }
  return next;
}

}  // namespace bulwatt::v2g
