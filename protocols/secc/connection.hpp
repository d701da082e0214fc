// One connection of a car: bytes in, bytes out. V2GTP, then SupportedAppProtocol once, then the machine of the protocol agreed.
#pragma once
#include <variant>
#include <vector>

#include "protocols/app_protocol/app_protocol.hpp"
#include "protocols/iso15118_session/negotiation.hpp"
#include "protocols/secc/din.hpp"
#include "protocols/secc/iso2.hpp"
#include "protocols/v2gtp/frame.hpp"

namespace bulwatt::secc {

/// Most bytes that may wait to be sent: two of the longest responses. A car that sends on without reading is dropped.
inline constexpr std::size_t kMaxOutput = 2 * (v2gtp::kHeaderSize + v2gtp::kMaxPayload);

struct ConnectionConfig {
  iso15118::Enabled enabled{};
  iso15118::Channel channel{};
  Config iso2{};
  Config din{.timers = iso15118::kDinTimers};
};

/// Why a connection ended before or beside a session; None while it lasts or when the session says why.
enum class Broken : std::uint8_t { none, bad_frame, bad_exi, no_negotiation, no_protocol, flooded, unencodable };
constexpr auto enum_names(Broken) {
  return names("none", "bad_frame", "bad_exi", "no_negotiation", "no_protocol", "flooded", "unencodable");
}

/// Large: it holds a request and a response. Make one and keep it; `begin` makes it ready for the next car.
class Connection {
 public:
  explicit Connection(const ConnectionConfig& config) : config_(config), storage_(v2gtp::kMaxPayload) {}

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void begin(const std::optional<iso15118::Paused>& paused, Instant now) { begin(paused, config_.channel, now); }
  void begin(const std::optional<iso15118::Paused>& paused, iso15118::Channel channel, Instant now);
  /// How it is protected has turned out; before the car's first byte.
  void secured(iso15118::Channel channel) { config_.channel = channel; }
  /// What the outlet can do has turned out; before the car's first byte.
  void enable(const iso15118::Enabled& enabled) { config_.enabled = enabled; }
  /// Bytes of the car.
  void take(std::span<const std::byte> bytes, const Station& station, Instant now);
  /// Time passed or the station changed.
  void poll(const Station& station, Instant now);

  /// What is to be sent; `sent` takes it off.
  std::span<const std::byte> output() const { return output_; }
  void sent(std::size_t count) { output_.erase(output_.begin(), output_.begin() + static_cast<std::ptrdiff_t>(count)); }
  /// Nothing more is taken. Send the output, let the car hang up, then close; without output close at once.
  bool over() const { return over_; }

  Demand demand() const;
  Broken broken() const { return broken_; }
  Cause cause() const;
  std::optional<iso15118::Protocol> protocol() const { return protocol_; }
  std::optional<iso15118::Paused> left_paused() const;
  Instant next() const;

 private:
  void negotiate(std::span<const std::byte> exi);
  void frame(const v2gtp::Frame& frame, const Station& station, Instant now);
  void settle(Verdict verdict);
  void stop(Broken why);
  template <class Message>
  void send(const Message& message);

  ConnectionConfig config_;
  std::vector<std::byte> storage_;
  v2gtp::Framer framer_{storage_};
  std::vector<std::byte> output_{};
  std::optional<iso15118::Paused> paused_{};
  std::variant<std::monostate, Iso2, Din> machine_{};
  std::optional<iso15118::Protocol> protocol_{};
  Instant begun_{};
  iso15118::Deadline setup_{};
  bool over_ = true;
  Broken broken_{};
  app_protocol::Message negotiation_{};
  iso2::Message iso2_request_{}, iso2_response_{};
  din::Message din_request_{}, din_response_{};
};

}  // namespace bulwatt::secc
