#include "services/vault/content.hpp"

#include <algorithm>

#include "libs/json/scanner.hpp"
#include "services/vault/keys/algorithms.hpp"
#include "services/vault/request.hpp"

namespace bulwatt::vault {
namespace {

constexpr std::size_t kPad = 64;
constexpr std::string_view kClient = "TLS 1.3, client CertificateVerify";
constexpr std::string_view kServer = "TLS 1.3, server CertificateVerify";
constexpr std::size_t kSha256 = 32;
constexpr std::size_t kSha384 = 48;

std::string_view text_of(Content bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

/// Takes bytes off the front; false once there are too few.
struct Reader {
  Content rest;
  bool take(std::size_t size, Content& out) {
    if (size > rest.size()) return false;
    out = rest.first(size);
    rest = rest.subspan(size);
    return true;
  }
  bool number(std::size_t size, std::uint32_t& out) {
    Content bytes;
    if (!take(size, bytes)) return false;
    out = 0;
    for (const auto b : bytes) out = out << 8 | std::to_integer<std::uint32_t>(b);
    return true;
  }
};

// ---- TLS 1.2

struct Curve {
  std::uint32_t id;
  std::uint32_t point;
  bool uncompressed;  ///< begins with 4
};
constexpr Curve kCurves[] = {{23, 65, true}, {24, 97, true}, {25, 133, true}, {29, 32, false}, {30, 56, false}};

/// Handshake messages from ClientHello to ClientKeyExchange, and whether one may be missing.
struct Step {
  std::uint32_t type;
  bool optional;
};
constexpr Step kSteps[] = {{1, false},  {2, false},  {11, false}, {22, true}, {12, true},
                           {13, false}, {14, false}, {11, false}, {16, false}};
constexpr std::uint32_t kServerHelloDone = 14;
constexpr std::uint32_t kVersion12 = 0x0303;

bool is_message(const Step& step, Content body) {
  Reader reader{body};
  std::uint32_t version = 0;
  if (step.type == kServerHelloDone) return body.empty();
  return step.type > 2 || (reader.number(2, version) && version == kVersion12 && body.size() >= 38);
}

// ---- checkpoints

constexpr std::string_view kSubtree{"subtree/v1\n\0", 12};
constexpr std::size_t kMaxLine = 255;

bool take_line(std::string_view& text, std::string_view& line) {
  const auto end = text.find('\n');
  if (end == std::string_view::npos || end == 0 || end > kMaxLine) return false;
  line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return true;
}
bool is_origin(std::string_view line) {
  return std::ranges::all_of(line, [](char c) { return c > ' ' && c < 0x7f && c != '+'; });
}
bool is_decimal(std::string_view line) {
  const bool digits = std::ranges::all_of(line, [](char c) { return c >= '0' && c <= '9'; });
  return digits && line.size() <= 19 && (line.size() == 1 || line.front() != '0');
}
/// 32 bytes as base64: 43 characters and one '=', the last character with its two spare bits clear.
bool is_hash(std::string_view line) {
  const auto value = [](char c) {
    constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    return kAlphabet.find(c);
  };
  if (line.size() != 44 || line.back() != '=') return false;
  const auto text = line.substr(0, 43);
  return std::ranges::all_of(text, [&](char c) { return value(c) != std::string_view::npos; }) &&
         value(text.back()) % 4 == 0;
}

/// kSubtree, cosigner and time stamp, log origin, start and end, root hash (C2SP tlog-cosignature).
bool is_tree_head(Content bytes) {
  Reader reader{bytes};
  Content part;
  std::uint32_t size = 0;
  if (!reader.take(kSubtree.size(), part) || text_of(part) != kSubtree) return false;
  if (!reader.number(1, size) || size == 0 || !reader.take(size, part) || !is_origin(text_of(part))) return false;
  if (!reader.take(8, part) || !reader.number(1, size) || size == 0 || !reader.take(size, part) ||
      !is_origin(text_of(part)))
    return false;
  return reader.take(16, part) && reader.take(kSha256, part) && reader.rest.empty();
}

// ---- meter records

/// What must stand in the payload of an OCMF record, and with which first character.
constexpr struct {
  std::string_view name;
  char begins;
} kOcmf[] = {{"FV", '"'}, {"PG", '"'}, {"RD", '['}};
constexpr std::size_t kDepth = 4;
constexpr std::size_t kMaxMembers = 48;

}  // namespace

bool is_certificate_verify(Content bytes, bool client) {
  const auto label = client ? kClient : kServer;
  const auto head = kPad + label.size() + 1;
  if (bytes.size() != head + kSha256 && bytes.size() != head + kSha384) return false;
  const auto is_space = [](std::byte b) { return b == std::byte{0x20}; };
  return std::ranges::all_of(bytes.first(kPad), is_space) &&
         std::ranges::equal(bytes.subspan(kPad, label.size()), std::as_bytes(std::span{label})) &&
         bytes[head - 1] == std::byte{0};
}

bool is_server_key_exchange(Content bytes) {
  Reader reader{bytes};
  Content part;
  std::uint32_t named = 0;
  std::uint32_t curve = 0;
  std::uint32_t size = 0;
  if (!reader.take(2 * 32, part) || !reader.number(1, named) || named != 3) return false;
  if (!reader.number(2, curve) || !reader.number(1, size) || !reader.take(size, part) || !reader.rest.empty())
    return false;
  const auto* known = std::ranges::find(kCurves, curve, &Curve::id);
  return known != std::end(kCurves) && known->point == size && (!known->uncompressed || part[0] == std::byte{4});
}

bool is_tls12_transcript(Content bytes) {
  Reader reader{bytes};
  for (const auto& step : kSteps) {
    if (step.optional && (reader.rest.empty() || std::to_integer<std::uint32_t>(reader.rest[0]) != step.type)) continue;
    std::uint32_t type = 0;
    std::uint32_t size = 0;
    Content body;
    if (!reader.number(1, type) || type != step.type || !reader.number(3, size) || !reader.take(size, body))
      return false;
    if (!is_message(step, body)) return false;
  }
  return reader.rest.empty();
}

bool is_checkpoint(Content bytes) {
  if (is_tree_head(bytes)) return true;
  auto text = text_of(bytes);
  std::string_view line;
  if (!take_line(text, line) || !is_origin(line)) return false;
  if (!take_line(text, line) || !is_decimal(line)) return false;
  return take_line(text, line) && is_hash(line) && text.empty();
}

bool is_meter_record(Content bytes) {
  const auto text = text_of(bytes);
  if (text.empty() || text.front() != '{' || text.back() != '}') return false;
  json::Scanner scanner{text};
  std::uint32_t seen = 0;
  if (!scanner.take('{')) return false;
  for (std::size_t i = 0; i < kMaxMembers; ++i) {
    json::String name;
    std::string_view value;
    if (!scanner.string(name) || !scanner.take(':')) return false;
    const char first = scanner.peek();
    if (!scanner.skip(value, kDepth)) return false;
    for (std::uint32_t n = 0; n < std::size(kOcmf); ++n) {
      if (!json::same_text(name, kOcmf[n].name)) continue;
      if (first != kOcmf[n].begins || (seen >> n & 1) != 0) return false;
      seen |= 1U << n;
    }
    if (scanner.peek() == '}') return scanner.take('}') && scanner.done() && seen == (1U << std::size(kOcmf)) - 1;
    if (!scanner.take(',')) return false;
  }
  return false;
}

bool may_sign(const KeyInfo& key, Digest digest, Padding padding, Content bytes) {
  if (!keys::fits(key.algorithm, digest, padding)) return false;
  switch (key.purpose) {
    case Purpose::tls_client: return padding != Padding::pkcs1 && is_certificate_verify(bytes, true);
    case Purpose::tls_server: return padding != Padding::pkcs1 && is_certificate_verify(bytes, false);
    case Purpose::tls12_client: return is_tls12_transcript(bytes);
    case Purpose::tls12_server: return is_server_key_exchange(bytes);
    // One certificate for cars of both versions. No content is both: they differ in length and in the 65th byte.
    case Purpose::secc_server:
      return padding != Padding::pkcs1 && (is_server_key_exchange(bytes) || is_certificate_verify(bytes, false));
    case Purpose::csr: return is_request_info(bytes, key.public_key.view());
    case Purpose::checkpoint: return is_checkpoint(bytes);
    case Purpose::meter_record: return is_meter_record(bytes);
    case Purpose::attestation: return false;
  }
  return false;
}

}  // namespace bulwatt::vault
