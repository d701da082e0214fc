#include "libs/merkle/note.hpp"

#include <vector>

#include "libs/base/try.hpp"
#include "libs/http/encoding.hpp"

namespace bulwatt::merkle {
namespace {

constexpr std::string_view kDash = "\xe2\x80\x94 ";  // em dash and a blank
constexpr std::size_t kKeyId = 4;
constexpr std::size_t kEd25519 = 32;

std::string to_base64(std::span<const std::byte> bytes) {
  std::string out(http::base64_size(bytes.size()), '\0');
  http::base64_encode(bytes, out);
  return out;
}

std::uint32_t big_endian(std::span<const std::byte> bytes) {
  std::uint32_t value = 0;
  for (const auto byte : bytes.first(kKeyId)) value = value << 8 | std::to_integer<std::uint32_t>(byte);
  return value;
}

bool take_line(std::string_view& rest, std::string_view& line) {
  const auto end = rest.find('\n');
  if (end == std::string_view::npos) return false;
  line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return true;
}

std::expected<SignatureLine, NoteError> parse_signature(std::string_view line) {
  const auto bad = std::unexpected(NoteError::bad_signature_line);
  if (!line.starts_with(kDash)) return bad;
  line.remove_prefix(kDash.size());
  const auto blank = line.find(' ');
  if (blank == std::string_view::npos || !is_key_name(line.substr(0, blank))) return bad;
  std::array<std::byte, kKeyId + kMaxSignature> bytes;
  const auto decoded = http::base64_decode(line.substr(blank + 1), bytes);
  if (!decoded || decoded->size() <= kKeyId) return bad;
  return SignatureLine{line.substr(0, blank), big_endian(*decoded), Octets<kMaxSignature>{decoded->subspan(kKeyId)}};
}

bool is_known(std::uint8_t type) {
  return type == std::to_underlying(KeyType::ed25519) || type == std::to_underlying(KeyType::ed25519_cosignature) ||
         type == std::to_underlying(KeyType::ml_dsa_44_cosignature);
}

}  // namespace

bool is_key_name(std::string_view name) {
  const auto forbidden = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '+' || c == '\x7f'; };
  // Unicode blanks of two and more bytes: their first bytes are not worth a table; names of this project are ASCII.
  return !name.empty() && name.size() <= kMaxKeyName && std::ranges::none_of(name, forbidden) &&
         std::ranges::all_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::expected<Note, NoteError> parse_note(std::string_view whole) {
  if (whole.size() > kMaxNote) return std::unexpected(NoteError::too_long);
  const auto control = [](char c) { return static_cast<unsigned char>(c) < ' ' && c != '\n'; };
  if (!valid_utf8(whole) || std::ranges::any_of(whole, control)) return std::unexpected(NoteError::bad_character);
  const auto gap = whole.rfind("\n\n");
  if (gap == std::string_view::npos || gap + 2 == whole.size()) return std::unexpected(NoteError::no_signatures);
  Note note;
  note.text = whole.substr(0, gap + 1);
  auto rest = whole.substr(gap + 2);
  std::string_view line;
  while (take_line(rest, line)) {
    TRY(signature, parse_signature(line));
    if (!note.signatures.push_back(signature)) return std::unexpected(NoteError::too_long);
  }
  if (!rest.empty()) return std::unexpected(NoteError::bad_signature_line);
  return note;
}

std::string signature_line(std::string_view name, std::uint32_t key_id, std::span<const std::byte> signature) {
  std::vector<std::byte> bytes;
  bytes.reserve(kKeyId + signature.size());
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<std::byte>(key_id >> shift));
  bytes.insert(bytes.end(), signature.begin(), signature.end());
  std::string out{kDash};
  return out.append(name) + " " + to_base64(bytes) + "\n";
}

std::uint32_t key_id(std::string_view name, KeyType type, std::span<const std::byte> public_key) {
  std::string bytes{name};
  bytes += '\n';
  bytes += static_cast<char>(type);
  bytes.append(reinterpret_cast<const char*>(public_key.data()), public_key.size());
  return big_endian(sha256(std::as_bytes(std::span{bytes})));
}

std::uint32_t VerifierKey::id() const { return key_id(name.view(), type, public_key.view()); }

std::string write_key(const VerifierKey& key) {
  std::vector<std::byte> bytes{static_cast<std::byte>(key.type)};
  bytes.insert(bytes.end(), key.public_key.view().begin(), key.public_key.view().end());
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string id;
  for (int shift = 28; shift >= 0; shift -= 4) id += kDigits[key.id() >> shift & 15];
  std::string out{key.name.view()};
  return out + "+" + id + "+" + to_base64(bytes);
}

std::expected<VerifierKey, NoteError> parse_key(std::string_view text) {
  const auto bad = std::unexpected(NoteError::bad_key);
  const auto first = text.find('+');
  const auto second = first == std::string_view::npos ? first : text.find('+', first + 1);
  if (second == std::string_view::npos || !is_key_name(text.substr(0, first))) return bad;
  std::array<std::byte, 1 + kMaxPublicKey> bytes;
  const auto decoded = http::base64_decode(text.substr(second + 1), bytes);
  if (!decoded || decoded->empty() || !is_known(std::to_integer<std::uint8_t>((*decoded)[0]))) return bad;
  VerifierKey key;
  key.name = text.substr(0, first);
  key.type = static_cast<KeyType>((*decoded)[0]);
  const auto expected = key.type == KeyType::ml_dsa_44_cosignature ? kMaxPublicKey : kEd25519;
  if (decoded->size() != 1 + expected) return bad;
  key.public_key = Octets<kMaxPublicKey>{decoded->subspan(1)};
  if (write_key(key) != text) return bad;  // the key id too
  return key;
}

}  // namespace bulwatt::merkle
