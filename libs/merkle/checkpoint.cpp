#include "libs/merkle/checkpoint.hpp"

#include <algorithm>
#include <charconv>

#include "libs/base/check.hpp"
#include "libs/http/encoding.hpp"

namespace bulwatt::merkle {
namespace {

constexpr std::string_view kLabel{"subtree/v1\n\0", 12};

bool take_line(std::string_view& rest, std::string_view& line) {
  const auto end = rest.find('\n');
  if (end == std::string_view::npos) return false;
  line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return true;
}

struct Packer {
  Octets<kMaxCosigned> out{};
  void text(std::string_view bytes) {
    for (const char c : bytes) out.data[out.size++] = static_cast<std::byte>(c);
  }
  void number(std::uint64_t value, unsigned bytes) {
    for (unsigned i = bytes; i-- > 0;) out.data[out.size++] = static_cast<std::byte>(value >> (8 * i));
  }
};

}  // namespace

std::string write_hash(const Hash& hash) {
  std::string out(http::base64_size(hash.size()), '\0');
  http::base64_encode(hash, out);
  return out;
}

std::optional<Hash> parse_hash(std::string_view text) {
  Hash hash;
  const auto bytes = http::base64_decode(text, hash);
  if (!bytes || bytes->size() != hash.size()) return std::nullopt;
  return hash;
}

std::string write_checkpoint(const Checkpoint& checkpoint) {
  std::string out{checkpoint.origin.view()};
  return out + "\n" + std::to_string(checkpoint.size) + "\n" + write_hash(checkpoint.root) + "\n";
}

std::optional<Checkpoint> parse_checkpoint(std::string_view text) {
  std::string_view origin;
  std::string_view size;
  std::string_view hash;
  if (!take_line(text, origin) || !take_line(text, size) || !take_line(text, hash)) return std::nullopt;
  if (origin.empty() || origin.size() > kMaxOrigin || size.empty() || (size.size() > 1 && size[0] == '0'))
    return std::nullopt;
  Checkpoint out;
  out.origin = origin;
  const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), out.size);
  const auto root = parse_hash(hash);
  if (error != std::errc{} || end != size.data() + size.size() || !root) return std::nullopt;
  out.root = *root;
  return out;
}

Octets<kMaxCosigned> cosigned_message(std::string_view cosigner, std::uint64_t seconds, const Checkpoint& checkpoint) {
  BULWATT_ASSERT(is_key_name(cosigner));
  Packer pack;
  pack.text(kLabel);
  pack.number(cosigner.size(), 1);
  pack.text(cosigner);
  pack.number(seconds, 8);
  pack.number(checkpoint.origin.size, 1);
  pack.text(checkpoint.origin.view());
  pack.number(0, 8);
  pack.number(checkpoint.size, 8);
  for (const auto byte : checkpoint.root) pack.out.data[pack.out.size++] = byte;
  return pack.out;
}

}  // namespace bulwatt::merkle
