#include "services/cards/uid.hpp"

namespace bulwatt::cards {
namespace {

constexpr std::size_t kStatusBytes = 2;
constexpr std::size_t kSingle = 4;
constexpr std::size_t kDouble = 7;
constexpr std::size_t kTriple = 10;
constexpr std::uint8_t kMadeUp = 0x08;  // ISO 14443-3: uid0 of a random UID

bool is_good(std::span<const std::uint8_t> status) { return status[0] == 0x90 && status[1] == 0x00; }

}  // namespace

std::expected<session::IdToken, NoToken> token_of(std::span<const std::uint8_t> answer, bool random_too) {
  if (answer.size() < kStatusBytes) return std::unexpected(NoToken::bad_answer);
  const auto uid = answer.first(answer.size() - kStatusBytes);
  if (!is_good(answer.last(kStatusBytes))) return std::unexpected(NoToken::no_uid);
  if (uid.size() != kSingle && uid.size() != kDouble && uid.size() != kTriple)
    return std::unexpected(NoToken::bad_answer);
  if (uid.size() == kSingle && uid[0] == kMadeUp && !random_too) return std::unexpected(NoToken::random_id);
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  session::IdToken token{.id = {}, .type = session::TokenType::iso14443};
  for (const auto byte : uid) {
    token.id.data[token.id.size++] = kDigits[byte >> 4U];
    token.id.data[token.id.size++] = kDigits[byte & 0x0fU];
  }
  return token;
}

}  // namespace bulwatt::cards
