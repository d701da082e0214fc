// RFC 6455 opening handshake, both sides, as text in and text out. No I/O, no randomness of its own.
#pragma once
#include <array>
#include <expected>
#include <span>
#include <string_view>

#include "libs/http/head.hpp"

namespace bulwatt::websocket {

inline constexpr std::size_t kNonceSize = 16;        ///< random bytes behind a Sec-WebSocket-Key
inline constexpr std::size_t kKeySize = 24;          ///< the same in base64
inline constexpr std::size_t kAcceptSize = 28;       ///< base64 of a SHA-1 value
inline constexpr std::size_t kSubprotocolLimit = 8;  ///< subprotocols one side offers
inline constexpr std::size_t kSubprotocolNameLimit = 32;

enum class HandshakeError : std::uint8_t {
  bad_request,             ///< what the caller wants to send cannot be written, or does not fit
  not_upgraded,            ///< the server answered with another status than 101
  bad_upgrade,             ///< Upgrade, Connection or method are not what RFC 6455 asks for
  bad_version,             ///< Sec-WebSocket-Version is not 13 (answer 426)
  bad_key,                 ///< Sec-WebSocket-Key is not 16 bytes of base64
  bad_accept,              ///< Sec-WebSocket-Accept does not answer the key
  unexpected_extension,    ///< the server uses an extension that was not offered
  unexpected_subprotocol,  ///< the server chose a subprotocol that was not offered, or several
  no_common_subprotocol,   ///< the server chose none: it speaks none of the offered ones and will close
  too_many_subprotocols,
};
constexpr auto enum_names(HandshakeError) {
  return names("bad_request", "not_upgraded", "bad_upgrade", "bad_version", "bad_key", "bad_accept",
               "unexpected_extension", "unexpected_subprotocol", "no_common_subprotocol", "too_many_subprotocols");
}

using Key = Text<kKeySize>;
using Accept = Text<kAcceptSize>;
using Subprotocols = List<Text<kSubprotocolNameLimit>, kSubprotocolLimit>;

/// `nonce` must be unpredictable and used once.
Key make_key(const std::array<std::byte, kNonceSize>& nonce);
Accept accept_for(std::string_view key);

// ---- client -------------------------------------------------------------------------------------------------------

struct UpgradeRequest {
  std::string_view host;    ///< value of Host: name, and port unless it is the default one
  std::string_view target;  ///< path, already percent-encoded
  Key key;
  std::span<const std::string_view> subprotocols;  ///< wanted ones, best first
  std::string_view authorization{};                ///< whole value of Authorization; empty for none
};
std::expected<std::string_view, HandshakeError> write_upgrade_request(const UpgradeRequest& request,
                                                                      std::span<char> out);

/// The subprotocol the server chose, as a view into `offered`.
std::expected<std::string_view, HandshakeError> check_upgrade_response(const http::Response& response,
                                                                       const UpgradeRequest& request);

// ---- server -------------------------------------------------------------------------------------------------------

struct UpgradeOffer {
  Key key;
  Subprotocols subprotocols;  ///< what the client offers, best first; names too long to be ours are left out

  bool offers(std::string_view name) const;
};
/// Target, Host, Origin and Authorization are the caller's to judge.
std::expected<UpgradeOffer, HandshakeError> read_upgrade_request(const http::Request& request);

/// The client's best one that `ours` has; empty when there is none.
std::string_view choose_subprotocol(const UpgradeOffer& offer, std::span<const std::string_view> ours);

/// 101; without the subprotocol header when `subprotocol` is empty.
std::expected<std::string_view, HandshakeError> write_upgrade_response(const UpgradeOffer& offer,
                                                                       std::string_view subprotocol,
                                                                       std::span<char> out);

}  // namespace bulwatt::websocket
