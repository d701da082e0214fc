#include "services/session/tokens.hpp"

namespace bulwatt::session {
namespace {
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
}  // namespace

bool same_text(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

bool same_token(const IdToken& a, const IdToken& b) { return a.type == b.type && same_text(a.id.view(), b.id.view()); }

bool same_group(const std::optional<IdToken>& a, const std::optional<IdToken>& b) {
  return a && b && same_token(*a, *b);
}

bool in_owners_list(const Config& config, const IdToken& token) {
  return std::ranges::any_of(config.local_tokens,
                             [&](const auto& id) { return !id.empty() && same_text(id.view(), token.id.view()); });
}

//= OCPP-2.0.1 C01.FR.21
bool allows_evse(const Authorization& info, std::uint8_t evse) {
  return info.evses.empty() || std::ranges::find(info.evses, evse) != info.evses.end();
}

Text<8> masked(const IdToken& token) {
  constexpr std::size_t kShown = 4;
  const auto id = token.id.view();
  Text<8> text{"***"};
  if (id.size() <= kShown) return text;
  for (const char c : id.substr(id.size() - kShown)) text.data[text.size++] = c > ' ' && c < 0x7f ? c : '?';
  return text;
}

std::size_t TokenCache::victim() const {
  for (auto i = static_cast<std::size_t>(entries_.size); i-- > 0;) {
    if (entries_[i].info.status != AuthorizationStatus::accepted) return i;
  }
  return entries_.size - 1U;
}

bool TokenCache::remove(const IdToken& token) {
  const auto before = entries_.size;
  for (std::size_t i = 0; i < entries_.size; ++i) {
    if (same_token(entries_[i].token, token)) entries_.erase(i--);
  }
  return entries_.size != before;
}

void TokenCache::put(const CachedToken& entry) {
  static_cast<void>(remove(entry.token));
  if (entries_.full()) entries_.erase(victim());
  ++entries_.size;
  std::move_backward(entries_.begin(), entries_.end() - 1, entries_.end());
  entries_[0] = entry;
}

const CachedToken* TokenCache::stored(const IdToken& token) const {
  const auto all = entries_.view();
  const auto found = std::ranges::find_if(all, [&](const auto& entry) { return same_token(entry.token, token); });
  return found == all.end() ? nullptr : &*found;
}

const CachedToken* TokenCache::find(const IdToken& token, Timestamp now, std::uint32_t lifetime_s) const {
  for (const auto& entry : entries_.view()) {
    if (!same_token(entry.token, token)) continue;
    if (entry.info.expiry) return now <= *entry.info.expiry ? &entry : nullptr;
    const auto age_ms = now.unix_ms - entry.stored.unix_ms;
    return lifetime_s == 0 || age_ms <= std::int64_t{lifetime_s} * 1000 ? &entry : nullptr;
  }
  return nullptr;
}

}  // namespace bulwatt::session
