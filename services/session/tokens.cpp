#include "services/session/tokens.hpp"

namespace bulwatt::session {
namespace {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool same_text(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

bool same_token(const IdToken& a, const IdToken& b) { return a.type == b.type && same_text(a.id.view(), b.id.view()); }

bool same_group(const std::optional<IdToken>& a, const std::optional<IdToken>& b) {
  return a && b && same_token(*a, *b);
}

bool in_local_list(const Config& config, const IdToken& token) {
  return std::ranges::any_of(config.local_tokens,
                             [&](const auto& id) { return !id.empty() && same_text(id.view(), token.id.view()); });
}

Text<8> masked(const IdToken& token) {
  constexpr std::size_t kShown = 4;
  const auto id = token.id.view();
  Text<8> text{"***"};
  if (id.size() <= kShown) return text;
  for (const char c : id.substr(id.size() - kShown)) text.data[text.size++] = c > ' ' && c < 0x7f ? c : '?';
  return text;
}

void TokenCache::put(const CachedToken& entry, std::size_t limit) {
  for (std::size_t i = 0; i < entries_.size; ++i) {
    if (same_token(entries_[i].token, entry.token)) entries_.erase(i--);
  }
  while (entries_.size > 0 && entries_.size >= limit) entries_.erase(entries_.size - 1U);
  if (limit == 0) return;
  ++entries_.size;
  std::move_backward(entries_.begin(), entries_.end() - 1, entries_.end());
  entries_[0] = entry;
}

const CachedToken* TokenCache::find(const IdToken& token, Timestamp now, std::uint32_t lifetime_s) const {
  for (const auto& entry : entries_.view()) {
    if (!same_token(entry.token, token)) continue;
    const auto age_ms = now.unix_ms - entry.stored.unix_ms;
    return lifetime_s == 0 || age_ms <= std::int64_t{lifetime_s} * 1000 ? &entry : nullptr;
  }
  return nullptr;
}

}  // namespace bulwatt::session
