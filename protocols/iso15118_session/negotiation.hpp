// SupportedAppProtocol: of what the car proposes, which protocol does this connection speak?
#pragma once
#include <span>
#include <string_view>

#include "libs/fields/fields.hpp"

namespace bulwatt::iso15118 {

enum class Protocol : std::uint8_t { din70121, iso15118_2, iso15118_20_ac, iso15118_20_dc };
constexpr auto enum_names(Protocol) { return names("DIN 70121", "ISO 15118-2", "ISO 15118-20 AC", "ISO 15118-20 DC"); }

/// How the connection is protected.
enum class Channel : std::uint8_t { plain, tls_1_2, tls_1_3 };
constexpr auto enum_names(Channel) { return names("plain", "TLS 1.2", "TLS 1.3"); }

/// One entry of the car's list; priority 1 is what it likes best.
struct Proposal {
  std::string_view protocol_namespace{};
  std::uint32_t major{};
  std::uint32_t minor{};
  std::uint8_t schema_id{};
  std::uint8_t priority{};
};

/// What this station speaks, before the channel is considered.
struct Enabled {
  bool din70121 = false;
  bool iso15118_2 = false;
  bool iso15118_20_ac = false;
  bool iso15118_20_dc = false;
};

struct Agreed {
  Protocol protocol{};
  std::uint8_t schema_id{};
  bool minor_deviation = false;
  friend bool operator==(const Agreed&, const Agreed&) = default;
};

/// The car's best that both know, or nothing: then the answer is Failed_NoNegotiation and the connection ends.
std::optional<Agreed> negotiate(std::span<const Proposal> proposals, const Enabled& enabled, Channel channel);

}  // namespace bulwatt::iso15118
