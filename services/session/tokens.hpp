// What is known of tokens without asking anybody: comparison, and the backend's earlier answers.
#pragma once
#include <optional>

#include "services/session/config.hpp"

namespace bulwatt::session {

/// The backend's latest word on a token, kept for the time without backend.
//= OCPP-2.0.1 C10.FR.01
struct CachedToken {
  static constexpr std::uint8_t kRecord = 4;
  static constexpr std::uint8_t kVersion = 2;
  IdToken token{};
  Authorization info{};
  Timestamp stored{};
  static constexpr auto fields() {
    return list(field<&CachedToken::token>("token"), field<&CachedToken::info>("info"),
                field<&CachedToken::stored>("stored"));
  }
};

/// Identifiers of OCPP are compared without regard to case.
bool same_text(std::string_view a, std::string_view b);
bool same_token(const IdToken& a, const IdToken& b);
bool same_group(const std::optional<IdToken>& a, const std::optional<IdToken>& b);
bool in_owners_list(const Config& config, const IdToken& token);
/// An empty list allows every EVSE.
bool allows_evse(const Authorization& info, std::uint8_t evse);
/// For records that people read: the last four characters.
Text<8> masked(const IdToken& token);

/// Most recently judged first. When it is full the oldest that was not accepted goes, else the oldest.
//= OCPP-2.0.1 C10.FR.07
class TokenCache {
 public:
  void put(const CachedToken& entry);
  void clear() { entries_.clear(); }
  /// Null when unknown, past its own expiry, or without one older than `lifetime_s` (0: never too old).
  //= OCPP-2.0.1 C10.FR.08
  //= OCPP-2.0.1 C10.FR.10
  //= OCPP-2.0.1 C10.FR.13
  const CachedToken* find(const IdToken& token, Timestamp now, std::uint32_t lifetime_s) const;
  /// What is kept of the token, too old to be believed or not; null when nothing is.
  const CachedToken* stored(const IdToken& token) const;
  /// Whether it was there.
  bool remove(const IdToken& token);
  std::span<const CachedToken> entries() const { return entries_.view(); }

 private:
  std::size_t victim() const;
  List<CachedToken, kCacheEntries> entries_{};
};

}  // namespace bulwatt::session
