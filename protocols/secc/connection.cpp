#include "protocols/secc/connection.hpp"

#include "protocols/din70121/codec.hpp"
#include "protocols/iso15118_2/codec.hpp"

namespace bulwatt::secc {
namespace {
std::optional<app_protocol::SupportedAppProtocolRes> agree(const app_protocol::SupportedAppProtocolReq& req,
                                                           const ConnectionConfig& config,
                                                           std::optional<iso15118::Protocol>& protocol) {
  std::array<iso15118::Proposal, app_protocol::kMaxProtocols> proposals{};
  std::size_t count = 0;
  for (const auto& p : req.app_protocol) {
    proposals[count++] = {p.protocol_namespace.view(), p.version_number_major, p.version_number_minor, p.schema_id,
                          p.priority};
  }
  const auto agreed = iso15118::negotiate(std::span{proposals}.first(count), config.enabled, config.channel);
  if (!agreed) return std::nullopt;
  protocol = agreed->protocol;
  using enum app_protocol::ResponseCode;
  return app_protocol::SupportedAppProtocolRes{.response_code = agreed->minor_deviation
                                                                    ? ok_successful_negotiation_with_minor_deviation
                                                                    : ok_successful_negotiation,
                                               .schema_id = agreed->schema_id};
}
}  // namespace

void Connection::begin(const std::optional<iso15118::Paused>& paused, iso15118::Channel channel, Instant now) {
  config_.channel = channel;
  framer_.reset();
  output_.clear();
  paused_ = paused;
  machine_.emplace<std::monostate>();
  protocol_.reset();
  begun_ = now;
  setup_.start(now, config_.iso2.timers.communication_setup_ms);
  over_ = false;
  broken_ = Broken::none;
}

void Connection::take(std::span<const std::byte> bytes, const Station& station, Instant now) {
  poll(station, now);
  while (!over_ && !bytes.empty()) {
    const auto next = framer_.take(bytes);
    if (!next) return stop(Broken::bad_frame);
    if (*next) frame(**next, station, now);
  }
}

void Connection::frame(const v2gtp::Frame& frame, const Station& station, Instant now) {
  //= ISO15118-2 V2G2-800
  if (frame.type != v2gtp::PayloadType::exi) return;
  if (auto* iso2 = std::get_if<Iso2>(&machine_)) {
    if (!iso2::decode(frame.payload, iso2_request_)) return stop(Broken::bad_exi);
    return settle(iso2->take(iso2_request_, station, now, iso2_response_));
  }
  if (auto* din = std::get_if<Din>(&machine_)) {
    if (!din::decode(frame.payload, din_request_)) return stop(Broken::bad_exi);
    return settle(din->take(din_request_, station, now, din_response_));
  }
  negotiate(frame.payload);
}

void Connection::negotiate(std::span<const std::byte> exi) {
  if (!app_protocol::decode(exi, negotiation_)) return stop(Broken::bad_exi);
  const auto* req = std::get_if<app_protocol::SupportedAppProtocolReq>(&negotiation_);
  if (req == nullptr) return stop(Broken::no_protocol);
  const auto res = agree(*req, config_, protocol_);
  negotiation_ = res.value_or(
      app_protocol::SupportedAppProtocolRes{.response_code = app_protocol::ResponseCode::failed_no_negotiation});
  send(negotiation_);
  if (!res) return stop(Broken::no_negotiation);
  // The machines measure the set-up from the beginning of the connection.
  auto iso2 = config_.iso2;
  //= ISO15118-2 V2G2-633
  const bool tls = config_.channel != iso15118::Channel::plain;
  if (iso2.contracts != nullptr && !(tls && iso2.contracts->any())) iso2.contracts = nullptr;
  if (protocol_ == iso15118::Protocol::iso15118_2) machine_.emplace<Iso2>(iso2, paused_, begun_);
  else if (protocol_ == iso15118::Protocol::din70121) machine_.emplace<Din>(config_.din, paused_, begun_);
  else return stop(Broken::no_protocol);
}

void Connection::poll(const Station& station, Instant now) {
  if (over_) return;
  if (auto* iso2 = std::get_if<Iso2>(&machine_)) return settle(iso2->poll(station, now, iso2_response_));
  if (auto* din = std::get_if<Din>(&machine_)) return settle(din->poll(station, now, din_response_));
  if (setup_.passed(now) || !iec61851::connected(station.pilot)) stop(Broken::no_protocol);
}

void Connection::settle(Verdict verdict) {
  if (verdict == Verdict::wait) return;
  if (verdict == Verdict::answer || verdict == Verdict::answer_and_close) {
    if (std::holds_alternative<Iso2>(machine_)) send(iso2_response_);
    else send(din_response_);
  }
  over_ = over_ || verdict != Verdict::answer;
}

template <class Message>
void Connection::send(const Message& message) {
  if (output_.size() + v2gtp::kHeaderSize + v2gtp::kMaxPayload > kMaxOutput) return stop(Broken::flooded);
  const auto begin = output_.size();
  output_.resize(begin + v2gtp::kHeaderSize + v2gtp::kMaxPayload);
  const auto room = std::span{output_}.subspan(begin);
  const auto size = encode(message, room.subspan(v2gtp::kHeaderSize));
  output_.resize(begin + (size ? v2gtp::kHeaderSize + *size : 0));
  if (!size) return stop(Broken::unencodable);
  v2gtp::put_header({v2gtp::PayloadType::exi, static_cast<std::uint32_t>(*size)},
                    std::span{output_}.subspan(begin).first<v2gtp::kHeaderSize>());
}

void Connection::stop(Broken why) {
  over_ = true;
  broken_ = broken_ == Broken::none ? why : broken_;
}

Demand Connection::demand() const {
  Demand demand;
  if (const auto* iso2 = std::get_if<Iso2>(&machine_)) demand = iso2->demand();
  if (const auto* din = std::get_if<Din>(&machine_)) demand = din->demand();
  if (!over_) return demand;
  // Whatever ended the connection: nothing is demanded by a car that is not there.
  demand.supply = Supply::off;
  demand.target_ma = 0;
  demand.authorization = false;
  demand.contract.reset();
  demand.ended = true;
  return demand;
}

Cause Connection::cause() const {
  if (const auto* iso2 = std::get_if<Iso2>(&machine_)) return iso2->cause();
  if (const auto* din = std::get_if<Din>(&machine_)) return din->cause();
  return Cause::none;
}

std::optional<iso15118::Paused> Connection::left_paused() const {
  const auto* iso2 = std::get_if<Iso2>(&machine_);
  return iso2 == nullptr ? std::nullopt : iso2->left_paused();
}

Instant Connection::next() const {
  if (over_) return kNever;
  if (const auto* iso2 = std::get_if<Iso2>(&machine_)) return iso2->next();
  if (const auto* din = std::get_if<Din>(&machine_)) return din->next();
  return setup_.due();
}

}  // namespace bulwatt::secc
