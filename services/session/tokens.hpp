// What is known of tokens without asking anybody: the owner's list and the backend's earlier answers.
#pragma once
#include <optional>

#include "services/session/config.hpp"

namespace bulwatt::session {

/// The backend's latest word on a token, kept for the time without backend.
//= OCPP-2.0.1 C10.FR.01
struct CachedToken {
  static constexpr std::uint8_t kRecord = 4;
  static constexpr std::uint8_t kVersion = 1;
  IdToken token{};
  std::optional<IdToken> group{};
  AuthorizationStatus status{};
  Timestamp stored{};
  static constexpr auto fields() {
    return list(field<&CachedToken::token>("token"), field<&CachedToken::group>("group"),
                field<&CachedToken::status>("status"), field<&CachedToken::stored>("stored"));
  }
};

/// Identifiers of OCPP are compared without regard to case.
bool same_token(const IdToken& a, const IdToken& b);
bool same_group(const std::optional<IdToken>& a, const std::optional<IdToken>& b);
bool in_local_list(const Config& config, const IdToken& token);
/// For records that people read: the last four characters.
Text<8> masked(const IdToken& token);

/// Most recently judged first; the oldest is forgotten.
class TokenCache {
 public:
  void put(const CachedToken& entry, std::size_t limit);
  /// Null when unknown or older than `lifetime_s` (0: never too old).
  const CachedToken* find(const IdToken& token, Timestamp now, std::uint32_t lifetime_s) const;
  std::span<const CachedToken> entries() const { return entries_.view(); }

 private:
  List<CachedToken, kCacheEntries> entries_{};
};

}  // namespace bulwatt::session
