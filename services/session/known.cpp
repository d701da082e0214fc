#include "services/session/known.hpp"

namespace bulwatt::session {

//= OCPP-2.0.1 C13.FR.01
//= OCPP-2.0.1 C14.FR.01
std::optional<Known> known(const Context& c, const IdToken& token) {
  const auto& settings = c.state.settings;
  if (in_owners_list(c.config, token)) return Known{.source = Source::owner};
  if (settings.local_list) {
    if (const auto* info = c.archive.list.find(token)) {
      //= OCPP-2.0.1 C13.FR.05
      //= OCPP-2.0.1 C14.FR.05
      const bool expired = info->expiry && c.moment.time > *info->expiry;
      return Known{Source::local_list, *info, expired};
    }
  }
  //= OCPP-2.0.1 C10.FR.11
  if (!settings.cache) return std::nullopt;
  if (const auto* entry = c.archive.cache.find(token, c.moment.time, settings.cache_lifetime_s))
    return Known{Source::cache, entry->info, false};
  return std::nullopt;
}

//= OCPP-2.0.1 C02.FR.03
//= OCPP-2.0.1 C03.FR.02
//= OCPP-2.0.1 C10.FR.04
//= OCPP-2.0.1 C12.FR.06
//= OCPP-2.0.1 C05.FR.02
void remember(const Context& c, const IdToken& token, const Authorization& answer) {
  if (!c.state.settings.cache) return;
  if (token.type == TokenType::central || token.type == TokenType::no_authorization) return;
  const CachedToken entry{token, answer, c.moment.time};
  c.archive.cache.put(entry);
  static_cast<void>(c.actions.cached.push_back(entry));
}

bool is_master(const Context& c, const std::optional<IdToken>& group) {
  const auto& master = c.state.settings.master_pass_group;
  return group && !master.empty() && same_text(group->id.view(), master.view());
}

}  // namespace bulwatt::session
