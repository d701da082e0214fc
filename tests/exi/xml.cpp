#include "tests/exi/xml.hpp"

#include <algorithm>
#include <vector>

namespace bulwatt::exi_test {
namespace {

constexpr Facts kNoFacts{};

std::string hex(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string text;
  for (const std::uint8_t byte : bytes) text += {kDigits[byte >> 4], kDigits[byte & 15]};
  return text;
}

std::string base64(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t n = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k) bits = bits << 8 | (k < n ? bytes[i + k] : 0U);
    for (std::size_t k = 0; k < 4; ++k) text += k <= n ? kDigits[bits >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

// Two's complement, most significant byte first, as a decimal number.
std::string decimal(std::span<const std::uint8_t> bytes) {
  std::vector<std::uint8_t> rest(bytes.begin(), bytes.end());
  const bool negative = !rest.empty() && (rest[0] & 0x80) != 0;
  if (negative) {  // the magnitude is the complement plus one
    for (auto& byte : rest) byte = static_cast<std::uint8_t>(~byte);
    for (auto i = rest.rbegin(); i != rest.rend() && ++*i == 0; ++i) {
    }
  }
  std::string digits;
  while (std::ranges::any_of(rest, [](std::uint8_t byte) { return byte != 0; })) {
    unsigned remainder = 0;
    for (auto& byte : rest) {
      const unsigned part = remainder << 8 | byte;
      byte = static_cast<std::uint8_t>(part / 10);
      remainder = part % 10;
    }
    digits += static_cast<char>('0' + remainder);
  }
  if (digits.empty()) digits = "0";
  if (negative) digits += '-';
  std::ranges::reverse(digits);
  return digits;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<') out += "&lt;";
    else if (c == '&') out += "&amp;";
    else if (c == '>') out += "&gt;";
    else if (c == '"') out += "&quot;";
    else out += c;
  }
  return out;
}

class Printer {
 public:
  void element(std::string_view name, const Shape& shape, const Facts& facts, const void* value);
  std::string text;

 private:
  static void* inside(const Shape& shape, const void* value, std::size_t i) {
    return shape.at(const_cast<void*>(value), i);
  }
  static std::span<const std::uint8_t> bytes(const Shape& shape, const void* value) {
    const std::size_t n = shape.length != nullptr ? shape.length(value) : shape.capacity;
    return {static_cast<const std::uint8_t*>(inside(shape, value, 0)), n};
  }
  static std::string simple(const Shape& shape, const Facts& facts, const void* value);
  void record(std::string_view name, const Shape& shape, const void* value);
  void field(const Row& row, const Shape& shape, const void* value);
};

std::string Printer::simple(const Shape& shape, const Facts& facts, const void* value) {
  switch (shape.kind) {
    case Kind::boolean: return *static_cast<const bool*>(value) ? "true" : "false";
    case Kind::enumeration: return std::string{shape.texts[*static_cast<const std::uint8_t*>(value)]};
    case Kind::integer:
      return shape.is_signed ? std::to_string(load_integer(shape, value))
                             : std::to_string(static_cast<std::uint64_t>(load_integer(shape, value)));
    case Kind::text:
      return escaped({reinterpret_cast<const char*>(bytes(shape, value).data()), bytes(shape, value).size()});
    default:
      if (facts.integer) return decimal(bytes(shape, value));
      return facts.base64 ? base64(bytes(shape, value)) : hex(bytes(shape, value));
  }
}

void Printer::field(const Row& row, const Shape& shape, const void* value) {
  if (shape.kind == Kind::optional) {
    if (shape.length(value) != 0) field(row, *shape.element, inside(shape, value, 0));
  } else if (shape.kind == Kind::list) {
    for (std::size_t i = 0; i < shape.length(value); ++i) field(row, *shape.element, inside(shape, value, i));
  } else if (shape.kind == Kind::choice) {
    const Shape& held = *shape.options[shape.length(value)];
    element(held.tag, held, kNoFacts, inside(shape, value, 0));
  } else if (shape.never == 0) {
    element(row.facts->substitution ? shape.tag : row.name, shape, *row.facts, value);
  }
}

void Printer::record(std::string_view name, const Shape& shape, const void* value) {
  text += "<" + std::string{name};
  for (const Row& row : shape.rows) {
    if (!row.facts->attribute) continue;
    const void* member = row.at(const_cast<void*>(value));
    const bool optional = row.shape->kind == Kind::optional;
    if (optional && row.shape->length(member) == 0) continue;
    const Shape& held = optional ? *row.shape->element : *row.shape;
    text += " " + std::string{row.name} + "=\"" +
            simple(held, *row.facts, optional ? inside(*row.shape, member, 0) : member) + "\"";
  }
  text += ">";
  for (const Row& row : shape.rows) {
    if (row.facts->attribute) continue;
    const void* member = row.at(const_cast<void*>(value));
    if (row.facts->content) text += simple(*row.shape, *row.facts, member);
    else field(row, *row.shape, member);
  }
  text += "</" + std::string{name} + ">";
}

void Printer::element(std::string_view name, const Shape& shape, const Facts& facts, const void* value) {
  if (shape.kind == Kind::record) return record(name, shape, value);
  text += "<" + std::string{name} + ">" + simple(shape, facts, value) + "</" + std::string{name} + ">";
}

std::string_view local(std::string_view name) {
  const std::size_t colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

// One tag, without its brackets: local names, attributes sorted, no namespace declarations.
std::string canonical_tag(std::string_view tag) {
  const std::size_t end = std::min(tag.find_first_of(" \t\n/", 1), tag.size());
  std::string out{tag[0] == '/' ? "/" : ""};
  out += local(tag.substr(tag[0] == '/' ? 1 : 0, end - (tag[0] == '/' ? 1 : 0)));
  std::vector<std::string> attributes;
  for (std::size_t i = end; (i = tag.find_first_not_of(" \t\n/", i)) != std::string_view::npos;) {
    const std::size_t equals = tag.find('=', i);
    const std::size_t close = tag.find(tag[equals + 1], equals + 2);
    const std::string_view name = tag.substr(i, equals - i);
    if (!name.starts_with("xmlns")) {
      attributes.push_back(" " + std::string{local(name)} + "=\"" +
                           std::string{tag.substr(equals + 2, close - equals - 2)} + "\"");
    }
    i = close + 1;
  }
  std::ranges::sort(attributes);
  for (const auto& attribute : attributes) out += attribute;
  return out;
}

}  // namespace

std::string to_xml(const Shape& shape, const void* value, std::string_view element) {
  Printer printer;
  if (shape.kind == Kind::choice) {
    const Shape& held = *shape.options[shape.length(value)];
    printer.element(held.tag, held, kNoFacts, shape.at(const_cast<void*>(value), 0));
  } else {
    printer.element(element.empty() ? shape.tag : element, shape, kNoFacts, value);
  }
  return printer.text;
}

std::string canonical(std::string_view xml) {
  std::string out;
  for (std::size_t i = 0; i < xml.size();) {
    if (xml[i] != '<') {
      const std::size_t end = std::min(xml.find('<', i), xml.size());
      const std::string_view text = xml.substr(i, end - i);
      if (text.find_first_not_of(" \t\r\n") != std::string_view::npos) {
        for (std::size_t k = 0; k < text.size(); ++k) {
          if (text[k] == '"') out += "&quot;";
          else if (text[k] == '>') out += "&gt;";
          else out += text[k];
        }
      }
      i = end;
      continue;
    }
    const std::size_t end = xml.find('>', i);
    const std::string_view tag = xml.substr(i + 1, end - i - 1);
    i = end + 1;
    if (tag[0] == '?') continue;
    const std::string plain = canonical_tag(tag);
    out += "<" + plain + ">";
    if (tag.back() == '/') out += "</" + plain.substr(0, plain.find(' ')) + ">";
  }
  return out;
}

}  // namespace bulwatt::exi_test
