// What the station itself can say of a token, by the precedence of OCPP: the owner's list, the local authorization list,
// the authorization cache.
#pragma once
#include "services/session/context.hpp"

namespace bulwatt::session {

enum class Source : std::uint8_t { owner, local_list, cache };
constexpr auto enum_names(Source) { return names("owners_list", "local_list", "cache"); }

struct Known {
  Source source{};
  Authorization info{};
  bool
      expired{};  ///< an entry of the local list that is past its time: asked about like an unknown one, never accepted
  bool accepted() const { return info.status == AuthorizationStatus::accepted && !expired; }
};

std::optional<Known> known(const Context& c, const IdToken& token);
/// What the backend said, for the next time.
void remember(const Context& c, const IdToken& token, const Authorization& answer);
/// Whether this is the group whose tokens end any transaction.
bool is_master(const Context& c, const std::optional<IdToken>& group);

}  // namespace bulwatt::session
