#include "libs/http/encoding.hpp"

#include <algorithm>

#include "libs/base/try.hpp"

namespace bulwatt::http {
namespace {

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kHex = "0123456789ABCDEF";
constexpr std::string_view kScheme = "Basic ";
constexpr std::size_t kPlainLimit = kUserLimit + 1 + kPasswordLimit;

constexpr auto make_base64_values() {
  std::array<std::int8_t, 256> values{};
  values.fill(-1);
  for (std::size_t i = 0; i < kBase64.size(); ++i)
    values[static_cast<unsigned char>(kBase64[i])] = static_cast<std::int8_t>(i);
  return values;
}
constexpr auto kBase64Values = make_base64_values();

constexpr bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

constexpr int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

std::expected<std::string_view, Error> base64_encode(std::span<const std::byte> bytes, std::span<char> out) {
  if (out.size() < base64_size(bytes.size())) return std::unexpected(Error::output_full);
  std::size_t n = 0;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto at = [&](std::size_t k) { return i + k < bytes.size() ? std::to_integer<unsigned>(bytes[i + k]) : 0U; };
    const unsigned group = at(0) << 16 | at(1) << 8 | at(2);
    out[n++] = kBase64[group >> 18];
    out[n++] = kBase64[group >> 12 & 63];
    out[n++] = i + 1 < bytes.size() ? kBase64[group >> 6 & 63] : '=';
    out[n++] = i + 2 < bytes.size() ? kBase64[group & 63] : '=';
  }
  return std::string_view{out.data(), n};
}

std::expected<std::span<const std::byte>, Error> base64_decode(std::string_view text, std::span<std::byte> out) {
  if (text.size() % 4 != 0) return std::unexpected(Error::bad_text);
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  const std::size_t size = text.size() / 4 * 3 - padding;
  if (size > out.size()) return std::unexpected(Error::output_full);
  std::size_t n = 0;
  for (std::size_t i = 0; i < text.size(); i += 4) {
    unsigned group = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const bool padded = i + k >= text.size() - padding;
      const int value = padded ? 0 : kBase64Values[static_cast<unsigned char>(text[i + k])];
      if (value < 0) return std::unexpected(Error::bad_text);
      group = group << 6 | static_cast<unsigned>(value);
    }
    for (unsigned shift = 16; n < size; shift -= 8) {
      out[n++] = static_cast<std::byte>(group >> shift & 0xff);
      if (shift == 0) break;
    }
    const bool last = i + 4 == text.size();
    const unsigned unused = last && padding == 2 ? 0xffffU : last && padding == 1 ? 0xffU : 0U;
    if ((group & unused) != 0) return std::unexpected(Error::bad_text);
  }
  return out.first(size);
}

std::expected<std::string_view, Error> percent_encode(std::string_view text, std::span<char> out) {
  std::size_t n = 0;
  for (const char c : text) {
    const std::size_t need = is_unreserved(c) ? 1 : 3;
    if (out.size() - n < need) return std::unexpected(Error::output_full);
    if (need == 1) {
      out[n++] = c;
      continue;
    }
    const auto code = static_cast<unsigned char>(c);
    out[n++] = '%';
    out[n++] = kHex[code >> 4];
    out[n++] = kHex[code & 15];
  }
  return std::string_view{out.data(), n};
}

std::expected<std::string_view, Error> percent_decode(std::string_view text, std::span<char> out) {
  std::size_t n = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (n == out.size()) return std::unexpected(Error::output_full);
    if (text[i] != '%') {
      out[n++] = text[i];
      continue;
    }
    if (text.size() - i < 3) return std::unexpected(Error::bad_text);
    const int high = hex_value(text[i + 1]);
    const int low = hex_value(text[i + 2]);
    if (high < 0 || low < 0) return std::unexpected(Error::bad_text);
    out[n++] = static_cast<char>(high << 4 | low);
    i += 2;
  }
  return std::string_view{out.data(), n};
}

std::expected<std::string_view, Error> write_basic(const Credentials& credentials, std::span<char> out) {
  const auto user = credentials.user.view();
  if (user.find(':') != std::string_view::npos) return std::unexpected(Error::bad_text);
  std::array<std::byte, kPlainLimit> plain{};
  auto end = std::ranges::copy(std::as_bytes(std::span{user}), plain.begin()).out;
  *end++ = std::byte{':'};
  end = std::ranges::copy(credentials.password.view(), end).out;
  if (out.size() < kScheme.size()) return std::unexpected(Error::output_full);
  std::ranges::copy(kScheme, out.begin());
  TRY(text, base64_encode({plain.begin(), end}, out.subspan(kScheme.size())));
  return std::string_view{out.data(), kScheme.size() + text.size()};
}

std::expected<Credentials, Error> parse_basic(std::string_view authorization) {
  if (authorization.size() < kScheme.size() || !same_ignoring_case(authorization.substr(0, kScheme.size()), kScheme))
    return std::unexpected(Error::bad_text);
  std::array<std::byte, kPlainLimit> buffer{};
  TRY(plain, base64_decode(authorization.substr(kScheme.size()), buffer));
  const auto colon = std::ranges::find(plain, std::byte{':'});
  if (colon == plain.end()) return std::unexpected(Error::bad_text);
  const std::string_view user{reinterpret_cast<const char*>(plain.data()),
                              static_cast<std::size_t>(colon - plain.begin())};
  const std::span<const std::byte> password{colon + 1, plain.end()};
  if (user.size() > kUserLimit || password.size() > kPasswordLimit) return std::unexpected(Error::output_full);
  return Credentials{user, Octets<kPasswordLimit>{password}};
}

bool equal_in_constant_time(std::span<const std::byte> a, std::span<const std::byte> b) {
  if (a.size() != b.size()) return false;
  // volatile keeps the compiler from leaving the loop early.
  volatile unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference = difference | std::to_integer<unsigned>(a[i] ^ b[i]);
  return difference == 0;
}

}  // namespace bulwatt::http
