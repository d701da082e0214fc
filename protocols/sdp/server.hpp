// The station's side of SDP: which request is answered, and how. Pure; it makes nothing per request, so that a storm of
// requests costs no more than their answers, and those are limited.
#pragma once
#include "libs/os/clock.hpp"
#include "protocols/sdp/message.hpp"

namespace bulwatt::sdp {

/// A car asks every 250 ms, at most 50 times: this answers the requests of a few cars on one link, and no storm.
inline constexpr Duration kAnswerInterval = std::chrono::milliseconds{50};
inline constexpr std::uint32_t kBurst = 50;

/// Where a datagram came from.
struct Source {
  std::array<std::byte, 16> address{};
  std::uint16_t port{};
  friend bool operator==(const Source&, const Source&) = default;
};

/// What this station offers on its link.
struct Offer {
  std::array<std::byte, 16> address{};  ///< of the interface the car is on
  std::optional<std::uint16_t> tls_port{};
  std::optional<std::uint16_t> plain_port{};  ///< absent: TLS is required here, and no request makes it less
};

/// Why a request was not answered.
enum class Ignored : std::uint8_t {
  malformed,    ///< not a request; see SdpError
  not_on_link,  ///< the source is not a link-local address, or has no port
  no_car,       ///< no car is plugged in
  busy,         ///< another car's session runs
  too_many,     ///< over the limit
  not_offered,  ///< neither what was asked nor anything that may stand for it
};
constexpr auto enum_names(Ignored) {
  return names("malformed", "not_on_link", "no_car", "busy", "too_many", "not_offered");
}
inline constexpr std::size_t kIgnoredCount = enum_names(Ignored{}).size();

/// What the answer means for security, for the log: a car that could have TLS and does not take it is worth a line.
enum class Agreement : std::uint8_t {
  as_asked,
  raised,  ///< asked for none, told TLS: the car decides
  no_tls,  ///< asked for TLS, which this station does not offer
};
constexpr auto enum_names(Agreement) { return names("as_asked", "raised", "no_tls"); }

struct Answer {
  std::array<std::byte, kResponseSize> datagram{};
  Agreement agreement{};
};

class Server {
 public:
  explicit Server(const Offer& offer) : offer_(offer) {}

  /// One datagram.
  std::expected<Answer, Ignored> take(std::span<const std::byte> datagram, const Source& source, Instant now);

  void car_connected(bool connected) { car_ = connected; }
  /// While a session runs only its own car is answered, which may have lost its connection.
  void session_with(const std::array<std::byte, 16>& address) { peer_ = address; }
  void session_over() { peer_.reset(); }

 private:
  bool within_limit(Instant now);
  std::expected<Answer, Ignored> answer(const Request& request) const;

  Offer offer_;
  bool car_ = false;
  std::optional<std::array<std::byte, 16>> peer_{};
  std::uint32_t tokens_ = kBurst;
  Instant counted_{};  ///< when a token was last added
};

}  // namespace bulwatt::sdp
