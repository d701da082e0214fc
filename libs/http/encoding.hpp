// Text encodings that HTTP users need: base64 (RFC 4648 section 4), percent-encoding (RFC 3986), Basic credentials
// (RFC 7617), and the constant-time comparison that their checking takes. Output goes into buffers of the caller.
#pragma once
#include "libs/http/head.hpp"

namespace bulwatt::http {

inline constexpr std::size_t kUserLimit = 64;       ///< bytes of a Basic user name (an OCPP identity has at most 48)
inline constexpr std::size_t kPasswordLimit = 128;  ///< bytes of a Basic password (OCPP: at most 64 characters)

constexpr std::size_t base64_size(std::size_t bytes) { return (bytes + 2) / 3 * 4; }

std::expected<std::string_view, Error> base64_encode(std::span<const std::byte> bytes, std::span<char> out);
/// Canonical input only: padded, no blanks, unused bits zero.
std::expected<std::span<const std::byte>, Error> base64_decode(std::string_view text, std::span<std::byte> out);

/// Keeps RFC 3986 unreserved characters, encodes every other byte. For one path segment, such as an OCPP identity.
std::expected<std::string_view, Error> percent_encode(std::string_view text, std::span<char> out);
/// Refuses an incomplete or badly spelled escape; '+' stays '+'.
std::expected<std::string_view, Error> percent_decode(std::string_view text, std::span<char> out);

struct Credentials {
  Text<kUserLimit> user;
  Octets<kPasswordLimit> password;  ///< bytes, as OCPP 1.6 keys are no text
};
/// The value of an Authorization header: "Basic …". Refuses a user name with a colon.
std::expected<std::string_view, Error> write_basic(const Credentials& credentials, std::span<char> out);
std::expected<Credentials, Error> parse_basic(std::string_view authorization);

/// Equality whose duration depends on the lengths alone.
bool equal_in_constant_time(std::span<const std::byte> a, std::span<const std::byte> b);
inline bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return equal_in_constant_time(std::as_bytes(std::span{a}), std::as_bytes(std::span{b}));
}

}  // namespace bulwatt::http
