// What ISO 15118-2 and DIN SPEC 70121 say in the same words. `P`: the types of one of them; see iso2.cpp and din.cpp.
#pragma once
#include "peers/evcc/conversation.hpp"
#include "protocols/secc/physical.hpp"

namespace bulwatt::evcc {

inline constexpr std::size_t kMaxRequest = 8192;
inline constexpr std::int64_t kHeadroomMv = 50'000;  ///< a battery's highest voltage over its present one
inline constexpr std::int64_t kPrechargeMa = 1'000;
inline constexpr std::int64_t kChargeMv = 20'000;  ///< it is charged with so much more than its present voltage

template <class P>
auto physical(std::int64_t milli, typename P::Unit unit) {
  return secc::physical_of<typename P::Value>(milli, unit);
}

template <class P>
typename P::DcStatus dc_status(const Wish& wish) {
  return {.ev_ready = true, .ev_ress_soc = static_cast<std::int8_t>(wish.soc_percent)};
}

template <class P>
void fill_dc(const Wish& wish, typename P::DcParameters& dc) {
  using Unit = typename P::Unit;
  dc.dc_ev_status = dc_status<P>(wish);
  dc.ev_maximum_current_limit = physical<P>(wish.max_ma, Unit::ampere);
  dc.ev_maximum_voltage_limit = physical<P>(wish.battery_mv + kHeadroomMv, Unit::volt);
  dc.ev_energy_capacity = physical<P>(wish.capacity_mwh, Unit::watt_hour);
  dc.ev_energy_request = physical<P>(wish.wanted_mwh, Unit::watt_hour);
}

/// This voltage over the battery's and this current: PreChargeReq, CurrentDemandReq.
template <class P, class Request>
void fill_target(const Wish& wish, std::int64_t over_mv, std::int64_t current_ma, Request& request) {
  request.dc_ev_status = dc_status<P>(wish);
  request.ev_target_current = physical<P>(current_ma, P::Unit::ampere);
  request.ev_target_voltage = physical<P>(wish.battery_mv + over_mv, P::Unit::volt);
}

template <class P>
void read_dc_status(const typename P::DcStationStatus& status, Answer& out) {
  out.stop = status.evse_notification == P::Notification::stop_charging ||
             status.evse_status_code == P::DcStationCode::evse_shutdown;
}

/// What any response may carry.
template <class P, class Response>
void read_common(const Response& response, Answer& out) {
  out.code = enum_text(response.response_code);
  out.failed = response.response_code >= P::Code::failed;
  if constexpr (requires { response.evse_processing; })
    out.ongoing = response.evse_processing != P::Processing::finished;
  if constexpr (requires { response.dc_evse_status; }) read_dc_status<P>(response.dc_evse_status, out);
  if constexpr (requires { response.evse_present_voltage; })
    out.present_mv = secc::milli_of(response.evse_present_voltage, P::Unit::volt);
  if constexpr (requires { response.evse_present_current; })
    out.present_ma = secc::milli_of(response.evse_present_current, P::Unit::ampere);
}

/// P::put writes the request of a step, P::wanted says how the name of its response begins, P::read what is special in it.
template <class P>
class Dialect final : public Speech {
 public:
  Bytes request(Step step, const Wish& wish, const Octets<8>& session, std::int64_t target_ma) override {
    message_->header = {};
    message_->header.session_id = session;
    P::put(step, wish, target_ma, message_->body.message.emplace());
    if constexpr (requires { P::sign(wish, *message_); }) P::sign(wish, *message_);
    Bytes out(kMaxRequest);
    const auto size = encode(*message_, out);
    out.resize(size.value_or(0));
    return out;
  }
  std::optional<Answer> response(Step step, std::span<const std::byte> exi) override {
    if (!decode(exi, *message_) || !message_->body.message) return std::nullopt;
    Answer out{};
    out.session = message_->header.session_id;
    const auto read = [&]<class Response>(const Response& response) {
      if constexpr (requires { response.response_code; }) {
        if (!Response::kElement.starts_with(P::wanted(step))) return false;
        read_common<P>(response, out);
        P::read(response, out);
        return true;
      } else {
        return false;
      }
    };
    if (!std::visit(read, *message_->body.message)) return std::nullopt;
    return out;
  }

 private:
  std::unique_ptr<typename P::Message> message_ = std::make_unique<typename P::Message>();
};

}  // namespace bulwatt::evcc
