#include "libs/json/scanner.hpp"

#include <algorithm>

namespace bulwatt::json {
namespace {

enum Class : std::uint8_t { plain, quote, backslash, control, multi };

constexpr auto kClasses = [] {
  std::array<Class, 256> table{};
  for (std::size_t i = 0; i < 0x20; ++i) table[i] = control;
  for (std::size_t i = 0x80; i < 0x100; ++i) table[i] = multi;
  table['"'] = quote;
  table['\\'] = backslash;
  return table;
}();

bool digit(char c) { return c >= '0' && c <= '9'; }

std::size_t utf8_size(std::uint32_t code) { return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4; }

void put_utf8(std::uint32_t code, std::size_t size, char* out) {
  constexpr std::array<std::uint32_t, 5> kLead{0, 0, 0xc0, 0xe0, 0xf0};
  for (std::size_t i = size; i-- > 1; code >>= 6) out[i] = static_cast<char>(0x80 | (code & 0x3f));
  out[0] = static_cast<char>(size == 1 ? code : kLead[size] | code);
}

std::uint32_t hex_value(char c) {
  if (digit(c)) return static_cast<std::uint32_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint32_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint32_t>(c - 'A' + 10);
  return 16;
}

}  // namespace

std::string_view Characters::next() {
  if (raw_[pos_] != '\\') {
    const auto lead = static_cast<std::uint8_t>(raw_[pos_]);
    const std::size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    pos_ += size;
    return raw_.substr(pos_ - size, size);
  }
  const std::uint32_t code = escaped();
  const std::size_t size = utf8_size(code);
  put_utf8(code, size, bytes_.data());
  return {bytes_.data(), size};
}

std::uint32_t Characters::escaped() {
  const char c = raw_[pos_ + 1];
  pos_ += 2;
  switch (c) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'u': break;
    default: return static_cast<std::uint32_t>(c);
  }
  const std::uint32_t high = four_digits();
  if (high < 0xd800 || high > 0xdbff) return high;
  pos_ += 2;
  return 0x10000 + ((high - 0xd800) << 10) + (four_digits() - 0xdc00);
}

std::uint32_t Characters::four_digits() {
  std::uint32_t code = 0;
  for (int i = 0; i < 4; ++i) code = code << 4 | hex_value(raw_[pos_++]);
  return code;
}

std::size_t unescape(const String& text, std::span<char> out) {
  if (!text.escaped && text.raw.size() <= out.size()) {
    std::copy_n(text.raw.begin(), text.raw.size(), out.begin());
    return text.raw.size();
  }
  std::size_t used = 0;
  for (Characters characters{text}; characters.more();) {
    const auto character = characters.next();
    if (character.size() > out.size() - used) break;
    std::copy_n(character.begin(), character.size(), out.begin() + static_cast<std::ptrdiff_t>(used));
    used += character.size();
  }
  return used;
}

bool same_text(const String& a, const String& b) {
  if (a.bytes != b.bytes) return false;
  if (!a.escaped && !b.escaped) return a.raw == b.raw;
  Characters left{a};
  Characters right{b};
  while (left.more() && right.more()) {
    if (left.next() != right.next()) return false;
  }
  return !left.more() && !right.more();
}

bool same_escaped_text(const String& a, std::string_view b) {
  if (a.bytes != b.size()) return false;
  for (Characters characters{a}; characters.more();) {
    const auto character = characters.next();
    if (!b.starts_with(character)) return false;
    b.remove_prefix(character.size());
  }
  return b.empty();
}

bool Scanner::string(String& out) {
  if (!take('"')) return false;
  const std::size_t begin = pos_;
  out = String{};
  while (pos_ < text_.size()) {
    switch (kClasses[static_cast<std::uint8_t>(text_[pos_])]) {
      case plain: {
        const char* const from = text_.data() + pos_;
        const char* const end = text_.data() + text_.size();
        const char* at = from + 1;
        while (at != end && kClasses[static_cast<std::uint8_t>(*at)] == plain) ++at;
        const auto run = static_cast<std::uint32_t>(at - from);
        pos_ += run;
        out.bytes += run;
        out.chars += run;
        break;
      }
      case quote:
        out.raw = text_.substr(begin, pos_ - begin);
        ++pos_;
        return true;
      case backslash:
        if (!escape(out)) return false;
        break;
      case control: return fail(ErrorKind::syntax);
      case multi:
        if (!multibyte(out)) return false;
        break;
    }
  }
  return fail(ErrorKind::syntax);
}

bool Scanner::multibyte(String& out) {
  const auto lead = static_cast<std::uint8_t>(text_[pos_]);
  const std::size_t size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (text_.size() - pos_ < size || !valid_utf8(text_.substr(pos_, size))) return fail(ErrorKind::bad_utf8);
  pos_ += size;
  out.bytes += static_cast<std::uint32_t>(size);
  ++out.chars;
  return true;
}

bool Scanner::hex4(std::uint32_t& code) {
  if (text_.size() - pos_ < 4) return fail(ErrorKind::bad_escape);
  code = 0;
  for (int i = 0; i < 4; ++i) {
    const std::uint32_t value = hex_value(text_[pos_ + static_cast<std::size_t>(i)]);
    if (value > 15) return fail(ErrorKind::bad_escape);
    code = code << 4 | value;
  }
  pos_ += 4;
  return true;
}

bool Scanner::escape(String& out) {
  out.escaped = true;
  ++out.chars;
  if (text_.size() - pos_ < 2) return fail(ErrorKind::syntax);
  const char c = text_[pos_ + 1];
  if (c != 'u') {
    if (std::string_view{"\"\\/bfnrt"}.find(c) == std::string_view::npos) return fail(ErrorKind::bad_escape);
    pos_ += 2;
    ++out.bytes;
    return true;
  }
  pos_ += 2;
  std::uint32_t code = 0;
  if (!hex4(code)) return false;
  if (code >= 0xdc00 && code <= 0xdfff) return fail(ErrorKind::bad_escape);
  if (code >= 0xd800 && code <= 0xdbff) {
    std::uint32_t low = 0;
    if (text_.substr(pos_, 2) != "\\u") return fail(ErrorKind::bad_escape);
    pos_ += 2;
    if (!hex4(low)) return false;
    if (low < 0xdc00 || low > 0xdfff) return fail(ErrorKind::bad_escape);
    out.bytes += 4;
    return true;
  }
  out.has_nul = out.has_nul || code == 0;
  out.bytes += static_cast<std::uint32_t>(utf8_size(code));
  return true;
}

bool Scanner::digits() {
  const std::size_t begin = pos_;
  while (pos_ < text_.size() && digit(text_[pos_])) ++pos_;
  return pos_ != begin || fail(ErrorKind::syntax);
}

bool Scanner::number(std::string_view& out) {
  peek();
  const std::size_t begin = pos_;
  const auto at = [&](char c) { return pos_ < text_.size() && text_[pos_] == c; };
  if (at('-')) ++pos_;
  if (at('0')) ++pos_;
  else if (!digits()) return false;
  if (at('.')) {
    ++pos_;
    if (!digits()) return false;
  }
  if (at('e') || at('E')) {
    ++pos_;
    if (at('+') || at('-')) ++pos_;
    if (!digits()) return false;
  }
  out = text_.substr(begin, pos_ - begin);
  return true;
}

bool Scanner::literal(std::string_view word) {
  peek();
  if (!text_.substr(pos_).starts_with(word)) return fail(ErrorKind::syntax);
  pos_ += word.size();
  return true;
}

bool Scanner::scalar(char first) {
  String text;
  std::string_view numeral;
  switch (first) {
    case '"': return string(text);
    case 't': return literal("true");
    case 'f': return literal("false");
    case 'n': return literal("null");
    default: return number(numeral);
  }
}

bool Scanner::key() {
  String name;
  return string(name) && take(':');
}

bool Scanner::skip(std::string_view& raw, std::size_t depth) {
  constexpr std::size_t kBits = 64;
  std::uint64_t objects = 0;  // bit 0: the innermost container is an object
  std::size_t open = 0;
  const char first = peek();
  const std::size_t begin = pos_;
  for (char c = first;; c = peek()) {
    if (c == '{' || c == '[') {
      if (open == std::min(depth, kBits)) return fail(ErrorKind::too_deep);
      ++pos_;
      ++open;
      objects = objects << 1 | (c == '{' ? 1 : 0);
      if (peek() != (c == '{' ? '}' : ']')) {
        if (c == '{' && !key()) return false;
        continue;
      }
    } else if (!scalar(c)) {
      return false;
    }
    while (open != 0 && take((objects & 1) != 0 ? '}' : ']')) {
      --open;
      objects >>= 1;
    }
    if (open == 0) break;
    if (!take(',')) return false;
    if ((objects & 1) != 0 && !key()) return false;
  }
  raw = text_.substr(begin, pos_ - begin);
  return true;
}

bool Scanner::done() {
  peek();
  return pos_ == text_.size() || fail(ErrorKind::trailing_text);
}

}  // namespace bulwatt::json
