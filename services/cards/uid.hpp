// The number of a contactless card (ISO 14443-3) as a token. Pure.
#pragma once
#include <expected>
#include <span>

#include "interfaces/session_tokens.hpp"

namespace bulwatt::cards {

/// GET DATA of PC/SC part 3: the reader itself answers, nothing is asked of the card's applications.
inline constexpr std::array<std::uint8_t, 5> kGetUid{0xff, 0xca, 0x00, 0x00, 0x00};
inline constexpr std::size_t kLongestAnswer = 10 + 2;

enum class NoToken : std::uint8_t {
  no_uid,      ///< the reader has none of this card: a card with contacts, or one the reader does not know
  bad_answer,  ///< not as long as any UID, or no status word
  random_id,   ///< 4 bytes that begin with 08: made up anew by the card whenever it is asked
};
constexpr auto enum_names(NoToken) { return names("no_uid", "bad_answer", "random_id"); }

/// `answer`: UID of 4, 7 or 10 bytes and the status word. The token is the UID in upper-case hexadecimal digits, first byte
/// first.
std::expected<session::IdToken, NoToken> token_of(std::span<const std::uint8_t> answer, bool random_too);

}  // namespace bulwatt::cards
