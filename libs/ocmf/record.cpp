#include "libs/ocmf/record.hpp"

#include "libs/base/check.hpp"
#include "libs/base/hex.hpp"
#include "libs/http/encoding.hpp"
#include "libs/json/json.hpp"

namespace bulwatt::ocmf {
namespace {

constexpr std::string_view kHead = "OCMF|";
constexpr std::string_view kHex = "hex";
constexpr std::string_view kBase64 = "base64";
constexpr std::string_view kDer = "application/x-der";
constexpr std::string_view kBare = "application/octet-stream";

struct Section {
  std::optional<Text<32>> algorithm{};
  std::optional<Text<8>> encoding{};
  std::optional<Text<32>> mime{};
  Text<2 * kMaxSignature> data{};
  static constexpr auto fields() {
    using S = Section;
    return list(field<&S::algorithm>("SA"), field<&S::encoding>("SE"), field<&S::mime>("SM"), field<&S::data>("SD"));
  }
};

std::string base64(std::span<const std::byte> bytes) {
  std::string out(http::base64_size(bytes.size()), '\0');
  BULWATT_ASSERT(http::base64_encode(bytes, out).has_value());
  return out;
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool from_hex(std::string_view text, Octets<kMaxSignature>& out) {
  if (text.size() % 2 != 0 || text.size() / 2 > kMaxSignature) return false;
  out.size = 0;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(text[i]);
    const int low = digit(text[i + 1]);
    if (high < 0 || low < 0) return false;
    out.data[out.size++] = static_cast<std::byte>(high * 16 + low);
  }
  return true;
}

bool from_base64(std::string_view text, Octets<kMaxSignature>& out) {
  const auto bytes = http::base64_decode(text, out.data);
  if (!bytes) return false;
  out.size = static_cast<std::uint16_t>(bytes->size());
  return true;
}

}  // namespace

std::string key_text(std::span<const std::byte> key) { return key.empty() ? std::string{} : kKeyIs.data() + hex(key); }

std::string write_record(std::string_view payload, Algorithm algorithm, std::span<const std::byte> signature) {
  const bool der = algorithm == Algorithm::ecdsa_p256;
  std::string out{kHead};
  out.append(payload).append(R"(|{"SA":")").append(enum_text(algorithm));
  out.append(R"(","SE":")").append(der ? kHex : kBase64).append(R"(","SM":")").append(der ? kDer : kBare);
  return out.append(R"(","SD":")").append(der ? hex(signature) : base64(signature)).append("\"}");
}

std::expected<Record, Error> read_record(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  if (text.size() > kMaxRecord) return std::unexpected(Error::too_long);
  if (!text.starts_with(kHead)) return std::unexpected(Error::not_ocmf);
  text.remove_prefix(kHead.size());
  const auto bar = text.find('|');
  if (bar == std::string_view::npos || text.find('|', bar + 1) != std::string_view::npos)
    return std::unexpected(Error::not_ocmf);
  Record record{};
  record.payload = text.substr(0, bar);
  Section section{};
  const json::Options options{.unknown = json::UnknownMembers::ignore, .max_bytes = kMaxRecord};
  if (!json::decode_into(section, text.substr(bar + 1), options)) return std::unexpected(Error::bad_signature);
  // What is not said is as the format's first version had it.
  record.algorithm = section.algorithm.value_or(Text<32>{enum_text(Algorithm::ecdsa_p256)});
  const auto encoding = section.encoding.value_or(Text<8>{kHex});
  const bool decoded = encoding.view() == kHex      ? from_hex(section.data.view(), record.signature)
                       : encoding.view() == kBase64 ? from_base64(section.data.view(), record.signature)
                                                    : false;
  if (!decoded) return std::unexpected(Error::bad_signature);
  return record;
}

}  // namespace bulwatt::ocmf
