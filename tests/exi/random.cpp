#include "tests/exi/random.hpp"

#include <algorithm>
#include <limits>

namespace bulwatt::exi_test {
namespace {

constexpr Facts kNoFacts{};

class Filler {
 public:
  explicit Filler(std::mt19937_64& chance) : chance_(chance) {}
  void value(const Shape& shape, const Facts& facts, void* to);

 private:
  std::uint64_t below(std::uint64_t n) { return chance_() % n; }
  /// Mostly small, sometimes anything up to the limit, sometimes the limit.
  std::size_t count(std::size_t least, std::size_t most) {
    const std::uint64_t kind = below(12);
    if (kind == 0) return most;
    const std::size_t usual = kind < 3 ? most : std::min(most, least + 3);
    return least + below(usual - least + 1);
  }
  static std::size_t limit(const Shape& shape, const Facts& facts) {
    return facts.max == LLONG_MAX ? shape.capacity
                                  : std::min<std::size_t>(shape.capacity, static_cast<std::size_t>(facts.max));
  }
  void integer(const Shape& shape, const Facts& facts, void* to);
  void text(const Shape& shape, const Facts& facts, void* to);
  void octets(const Shape& shape, const Facts& facts, void* to);
  void list(const Shape& shape, const Facts& facts, void* to);
  void record(const Shape& shape, void* to);

  std::mt19937_64& chance_;
};

void Filler::integer(const Shape& shape, const Facts& facts, void* to) {
  const unsigned bits = shape.width * 8U - (shape.is_signed ? 1U : 0U);
  const std::uint64_t most = bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
  const std::int64_t least =
      std::max<std::int64_t>(shape.is_signed ? -static_cast<std::int64_t>(most) - 1 : 0, facts.min);
  const std::uint64_t top = facts.max == LLONG_MAX ? most : std::min(most, static_cast<std::uint64_t>(facts.max));
  const std::uint64_t span = top - static_cast<std::uint64_t>(least);
  std::uint64_t distance = span == ~std::uint64_t{0} ? chance_() : below(span + 1);
  switch (below(6)) {
    case 0: distance = 0; break;
    case 1: distance = span; break;
    case 2: distance = std::min(span, distance >> below(64)); break;
    default: break;
  }
  store_integer(shape, to, static_cast<long long>(static_cast<std::uint64_t>(least) + distance));
}

void Filler::text(const Shape& shape, const Facts& facts, void* to) {
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:/#*&<";
  const std::size_t chars = count(std::max<std::size_t>(1, facts.at_least), limit(shape, facts));
  std::string made;
  for (std::size_t i = 0; i < chars; ++i) made += kPlain[below(kPlain.size())];
  // Sometimes letters that take more than one byte, as far as there is room.
  if (below(4) == 0 && made.size() + 3 <= shape.capacity)
    made.replace(below(made.size()), 1, below(2) == 0 ? "é" : "€");
  std::copy(made.begin(), made.end(), static_cast<char*>(shape.at(to, 0)));
  shape.set_length(to, made.size());
}

void Filler::octets(const Shape& shape, const Facts& facts, void* to) {
  auto* const bytes = static_cast<std::uint8_t*>(shape.at(to, 0));
  const std::size_t n = shape.kind == Kind::fixed_octets
                            ? shape.capacity
                            : count(std::max<std::size_t>(1, facts.at_least), limit(shape, facts));
  for (std::size_t i = 0; i < n; ++i) bytes[i] = static_cast<std::uint8_t>(chance_());
  // An integer in its shortest form: the first nine bits are not all the same.
  if (facts.integer && n > 1 && (bytes[0] == 0 || bytes[0] == 0xff)) bytes[0] = 1;
  if (shape.kind == Kind::octets) shape.set_length(to, n);
}

void Filler::list(const Shape& shape, const Facts& facts, void* to) {
  const std::size_t n = count(facts.at_least, limit(shape, facts));
  for (std::size_t i = 0; i < n; ++i) value(*shape.element, kNoFacts, shape.at(to, i));
  shape.set_length(to, n);
}

void Filler::record(const Shape& shape, void* to) {
  for (std::size_t i = 0; i < shape.rows.size(); ++i) {
    const Row& row = shape.rows[i];
    if (row.facts->choice == 0) {
      value(*row.shape, *row.facts, row.at(to));
      continue;
    }
    std::size_t end = i;
    while (end < shape.rows.size() && shape.rows[end].facts->choice == row.facts->choice) {
      shape.rows[end].shape->set_length(shape.rows[end].at(to), 0);
      ++end;
    }
    const Row& chosen = shape.rows[i + below(end - i)];
    void* const member = chosen.at(to);
    chosen.shape->set_length(member, 1);
    value(*chosen.shape->element, *chosen.facts, chosen.shape->at(member, 0));
    i = end - 1;
  }
}

void Filler::value(const Shape& shape, const Facts& facts, void* to) {
  switch (shape.kind) {
    case Kind::boolean: *static_cast<bool*>(to) = below(2) != 0; break;
    case Kind::enumeration:
      *static_cast<std::uint8_t*>(to) = static_cast<std::uint8_t>(below(shape.texts.size()));
      break;
    case Kind::integer: integer(shape, facts, to); break;
    case Kind::text: text(shape, facts, to); break;
    case Kind::list: list(shape, facts, to); break;
    case Kind::optional:
      shape.set_length(to, below(2));
      if (shape.length(to) != 0) value(*shape.element, facts, shape.at(to, 0));
      break;
    case Kind::choice:
      shape.set_length(to, below(shape.options.size()));
      value(*shape.options[shape.length(to)], kNoFacts, shape.at(to, 0));
      break;
    case Kind::record: record(shape, to); break;
    default: octets(shape, facts, to);
  }
}

}  // namespace

void fill(const Shape& shape, void* value, std::mt19937_64& chance) { Filler{chance}.value(shape, kNoFacts, value); }

}  // namespace bulwatt::exi_test
