#include "peers/evcc/conversation.hpp"

#include <algorithm>
#include <stdexcept>

#include "protocols/app_protocol/app_protocol.hpp"
#include "protocols/v2gtp/frame.hpp"

namespace bulwatt::evcc {
namespace {

constexpr std::int64_t kAgainMs = 250;  ///< a station that is still busy is asked again
constexpr std::int64_t kAcLoopMs = 500;
constexpr std::int64_t kDcLoopMs = 100;
constexpr std::int64_t kNearMv = 20'000;  ///< precharge
constexpr std::int64_t kSafeMv = 60'000;  ///< after welding detection
constexpr std::uint32_t kWeldings = 20;

struct Named {
  Step step;
  std::string_view name;
};
constexpr std::array kNames{
    Named{Step::protocol, "SupportedAppProtocolReq"}, Named{Step::setup, "SessionSetupReq"},
    Named{Step::discovery, "ServiceDiscoveryReq"},    Named{Step::payment, "PaymentServiceSelectionReq"},
    Named{Step::details, "PaymentDetailsReq"},        Named{Step::receipt, "MeteringReceiptReq"},
    Named{Step::authorization, "AuthorizationReq"},   Named{Step::parameters, "ChargeParameterDiscoveryReq"},
    Named{Step::cable_check, "CableCheckReq"},        Named{Step::precharge, "PreChargeReq"},
    Named{Step::power_on, "PowerDeliveryReq"},        Named{Step::charging, "ChargingStatusReq"},
    Named{Step::charging, "CurrentDemandReq"},        Named{Step::power_off, "PowerDeliveryReq:Stop"},
    Named{Step::welding, "WeldingDetectionReq"},      Named{Step::stop, "SessionStopReq"}};

bool fits(const Named& named, bool dc) {
  if (named.name == "ChargingStatusReq") return !dc;
  const bool only_dc = named.step == Step::cable_check || named.step == Step::precharge ||
                       named.step == Step::welding || named.name == "CurrentDemandReq";
  return dc || !only_dc;
}

Bytes framed(std::span<const std::byte> payload) {
  Bytes out(v2gtp::kHeaderSize);
  v2gtp::put_header({v2gtp::PayloadType::exi, static_cast<std::uint32_t>(payload.size())},
                    std::span{out}.first<v2gtp::kHeaderSize>());
  out.insert(out.end(), payload.begin(), payload.end());
  return out;
}

Bytes proposal(Protocol protocol) {
  app_protocol::SupportedAppProtocolReq req;
  const bool iso = protocol == Protocol::iso15118_2;
  static_cast<void>(
      req.app_protocol.push_back({.protocol_namespace = iso ? std::string_view{"urn:iso:15118:2:2013:MsgDef"}
                                                            : std::string_view{"urn:din:70121:2012:MsgDef"},
                                  .version_number_major = 2,
                                  .schema_id = 1,
                                  .priority = 1}));
  Bytes out(512);
  const auto size = encode(app_protocol::Message{req}, out);
  out.resize(size.value_or(0));
  return out;
}

}  // namespace

std::string_view name_of(Step step, bool dc) {
  for (const auto& named : kNames) {
    if (named.step == step && fits(named, dc)) return named.name;
  }
  return "over";
}

std::optional<Step> step_named(std::string_view name, bool dc) {
  for (const auto& named : kNames) {
    if (named.name == name && fits(named, dc)) return named.step;
  }
  return std::nullopt;
}

Fault fault_of(const std::string& text, bool dc) {
  const auto at = text.find('@');
  const auto words = enum_names(Mischief{});
  const auto what = std::ranges::find(words, std::string_view{text}.substr(0, at));
  if (at == std::string::npos || what == words.end()) {
    std::string all;
    for (const auto word : words) all += (all.empty() ? "" : ", ") + std::string{word};
    throw std::invalid_argument("a fault is KIND@REQUEST with one of the kinds " + all);
  }
  const auto where = step_named(std::string_view{text}.substr(at + 1), dc);
  if (!where) throw std::invalid_argument("this car never sends a " + text.substr(at + 1));
  return {static_cast<Mischief>(what - words.begin()), *where};
}

Conversation::Conversation(Wish wish, Fault fault)
    : wish_(wish), fault_(fault), speech_(wish.protocol == Protocol::iso15118_2 ? speak_iso2() : speak_din()) {
  session_.size = 8;
}

Step Conversation::after(Step step) const {
  if (step == Step::parameters && !wish_.dc) return Step::power_on;
  if (step == Step::power_off && !wish_.dc) return Step::stop;
  if (step == Step::payment && !wish_.contract) return Step::authorization;
  if (step == Step::charging) return Step::power_off;
  return static_cast<Step>(std::to_underlying(step) + 1);
}

Next Conversation::begin() { return ask(0); }

/// Sends the request of the present step, with the fault if it is its turn.
Next Conversation::ask(std::int64_t delay_ms) {
  const bool here = fault_.what != Mischief::none && fault_.what != Mischief::go_on && fault_.where == step_;
  if (here && fault_.what == Mischief::skip) {
    fault_.what = Mischief::none;
    step_ = after(step_);
    return ask(delay_ms);
  }
  if (here && fault_.what == Mischief::hang_up) {
    Next out = end("hung up at " + std::string{name_of(fault_.where, wish_.dc)});
    out.hang_up = true;
    return out;
  }
  if (here && fault_.what == Mischief::silent) return {};
  // The pilot says C with the request for power, and where isolation is tested before it.
  if (step_ == Step::power_on || step_ == Step::cable_check) ready_ = true;
  // The outlet has the battery's voltage.
  if (step_ == Step::power_on && wish_.dc) joined_ = true;
  auto session = session_;
  if (here && fault_.what == Mischief::zero_id) session.data.fill(std::byte{0});
  if (here && fault_.what == Mischief::other_id) session.data[0] = ~session.data[0];
  wish_.spoil = here ? fault_.what : Mischief::none;
  auto payload =
      step_ == Step::protocol ? proposal(wish_.protocol) : speech_->request(step_, wish_, session, limit_ma_);
  if (here && fault_.what == Mischief::garbage) payload.assign(17, std::byte{0x5a});
  Next out{.send = framed(payload), .delay_ms = delay_ms};
  if (here && fault_.what == Mischief::giant) std::fill_n(out.send.begin() + 4, 4, std::byte{0xff});
  if (here && fault_.what == Mischief::repeat) out.send.insert(out.send.end(), out.send.begin(), out.send.end());
  out.pieces = here && fault_.what == Mischief::pieces;
  if (fault_.what != Mischief::go_on && fault_.what != Mischief::pieces && here) fault_.what = Mischief::none;
  return out;
}

Next Conversation::end(std::string problem) {
  problem_ = std::move(problem);
  step_ = Step::over;
  ready_ = joined_ = false;
  limit_ma_ = 0;
  return {.send = {}, .delay_ms = 0, .hang_up = true};
}

bool Conversation::agreed(std::span<const std::byte> exi) {
  app_protocol::Message message{};
  if (!app_protocol::decode(exi, message)) return false;
  const auto* res = std::get_if<app_protocol::SupportedAppProtocolRes>(&message);
  return res != nullptr && res->response_code != app_protocol::ResponseCode::failed_no_negotiation;
}

Next Conversation::hear(std::span<const std::byte> exi, const Facts& facts) {
  if (over()) return {};
  if (facts.soc_percent) wish_.soc_percent = *facts.soc_percent;
  if (step_ == Step::protocol) {
    if (!agreed(exi)) return end("the station speaks another protocol");
    step_ = after(step_);
    return ask(0);
  }
  const auto answer = speech_->response(step_, exi);
  if (!answer) return end("no response to " + std::string{name_of(step_, wish_.dc)});
  answer_ = *answer;
  if (step_ == Step::setup) session_ = answer_.session;
  if (answer_.challenge) wish_.challenge = *answer_.challenge;
  if (answer_.reading) wish_.reading = answer_.reading;
  const bool defiant = fault_.what == Mischief::go_on && fault_.where == step_;
  if (answer_.failed && !defiant) return end(std::string{name_of(step_, wish_.dc)} + " was refused: " + answer_.code);
  if (answer_.failed) problem_ = std::string{name_of(step_, wish_.dc)} + " was refused: " + answer_.code;
  return follow(facts);
}

std::int64_t Conversation::loop_ms() const {
  return wish_.loop_ms > 0 ? wish_.loop_ms : wish_.dc ? kDcLoopMs : kAcLoopMs;
}

Next Conversation::follow(const Facts& facts) {
  const bool busy = step_ == Step::authorization || step_ == Step::parameters || step_ == Step::cable_check;
  if (busy && answer_.ongoing && !facts.stop && !answer_.failed) return ask(kAgainMs);
  if (step_ == Step::precharge && answer_.present_mv && std::abs(*answer_.present_mv - wish_.battery_mv) > kNearMv)
    return ask(kAgainMs);
  if (step_ == Step::parameters || step_ == Step::charging)
    limit_ma_ = std::min<std::int64_t>(answer_.limit_ma.value_or(limit_ma_), wish_.max_ma);
  if (step_ == Step::charging) {
    ++loops_;
    stopping_ = stopping_ || facts.stop || answer_.stop;
    if (stopping_) limit_ma_ = 0;
    const bool flows = facts.drawing || (answer_.present_ma && *answer_.present_ma > 1'000);
    if ((!stopping_ || flows) && answer_.receipt) {
      step_ = Step::receipt;
      return ask(0);
    }
    if (!stopping_ || flows) return ask(loop_ms());
  }
  if (step_ == Step::receipt) {
    ++receipts_;
    step_ = Step::charging;
    return ask(loop_ms());
  }
  if (step_ == Step::power_off) ready_ = joined_ = false;
  if (step_ == Step::welding && answer_.present_mv.value_or(0) > kSafeMv && ++weldings_ < kWeldings)
    return ask(kAgainMs);
  if (step_ == Step::stop) return end(problem_);
  step_ = after(step_);
  if (wish_.dc && step_ == Step::charging) limit_ma_ = wish_.max_ma;
  return ask(0);
}

}  // namespace bulwatt::evcc
