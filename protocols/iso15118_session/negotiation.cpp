#include "protocols/iso15118_session/negotiation.hpp"

namespace bulwatt::iso15118 {
namespace {
struct Known {
  Protocol protocol;
  std::string_view protocol_namespace;
  std::uint32_t major, minor;
  bool Enabled::* enabled;
};
constexpr std::array kKnown{
    Known{Protocol::din70121, "urn:din:70121:2012:MsgDef", 2, 0, &Enabled::din70121},
    Known{Protocol::iso15118_2, "urn:iso:15118:2:2013:MsgDef", 2, 0, &Enabled::iso15118_2},
    Known{Protocol::iso15118_20_ac, "urn:iso:std:iso:15118:-20:AC", 1, 0, &Enabled::iso15118_20_ac},
    Known{Protocol::iso15118_20_dc, "urn:iso:std:iso:15118:-20:DC", 1, 0, &Enabled::iso15118_20_dc},
};

//= ISO15118-20 V2G20-2356
bool allowed_on(Protocol protocol, Channel channel) {
  const bool is_20 = protocol == Protocol::iso15118_20_ac || protocol == Protocol::iso15118_20_dc;
  return !is_20 || channel == Channel::tls_1_3;
}

const Known* match(const Proposal& proposal, const Enabled& enabled, Channel channel) {
  for (const auto& known : kKnown) {
    if (known.protocol_namespace == proposal.protocol_namespace && known.major == proposal.major &&
        enabled.*known.enabled && allowed_on(known.protocol, channel)) {
      return &known;
    }
  }
  return nullptr;
}
}  // namespace

//= ISO15118-2 V2G2-169
std::optional<Agreed> negotiate(std::span<const Proposal> proposals, const Enabled& enabled, Channel channel) {
  std::optional<Agreed> best;
  std::uint8_t best_priority = 0;
  for (const auto& proposal : proposals) {
    const auto* known = match(proposal, enabled, channel);
    // Of two that the car likes equally, which it must not have, the first.
    if (known == nullptr || (best && proposal.priority >= best_priority)) continue;
    best = Agreed{known->protocol, proposal.schema_id, known->minor != proposal.minor};
    best_priority = proposal.priority;
  }
  return best;
}

}  // namespace bulwatt::iso15118
