#include "services/ledger/skim.hpp"

#include <bit>
#include <cstring>

namespace bulwatt::ledger {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are read as they are stored");

using Sixteen = unsigned char __attribute__((vector_size(16)));

/// ASCII without NUL, which almost every text is.
bool is_plain(std::string_view text) {
  if (text.size() < sizeof(Sixteen)) return false;
  Sixteen high{};
  Sixteen zero{};
  const auto take = [&](std::size_t at) {
    Sixteen some;
    std::memcpy(&some, text.data() + at, sizeof some);
    high |= some;
    zero |= reinterpret_cast<Sixteen>(some == 0);
  };
  for (std::size_t at = 0; at + sizeof(Sixteen) <= text.size(); at += sizeof(Sixteen)) take(at);
  take(text.size() - sizeof(Sixteen));
  high = (high & 0x80) | zero;
  std::array<std::uint64_t, 2> found;
  std::memcpy(found.data(), &high, sizeof found);
  return (found[0] | found[1]) == 0;
}

class Skimmer {
 public:
  explicit Skimmer(std::span<const std::byte> bytes) : bytes_(bytes) {}
  template <class T>
  T number() {
    T value{};
    if (!has(sizeof value)) return value;
    std::memcpy(&value, bytes_.data(), sizeof value);
    bytes_ = bytes_.subspan(sizeof value);
    return value;
  }
  std::string_view text(std::size_t most) {
    const std::size_t size = number<std::uint16_t>();
    if (size > most || !has(size)) return fail();
    const std::string_view text{reinterpret_cast<const char*>(bytes_.data()), size};
    bytes_ = bytes_.subspan(size);
    return is_plain(text) || valid_utf8(text) ? text : fail();
  }
  template <class E>
  void choice() {
    good_ = number<std::uint8_t>() < enum_names(E{}).size() && good_;
  }
  bool done() const { return good_ && bytes_.empty(); }

 private:
  bool has(std::size_t size) {
    good_ = good_ && size <= bytes_.size();
    return good_;
  }
  std::string_view fail() {
    good_ = false;
    return {};
  }
  std::span<const std::byte> bytes_;
  bool good_ = true;
};

}  // namespace

std::optional<Skimmed> skim(std::span<const std::byte> bytes) {
  Skimmer from{bytes};
  Skimmed out;
  out.sequence = from.number<decltype(Record::sequence)>();
  from.number<decltype(Record::boot)>();
  from.number<decltype(Record::monotonic_us)>();
  out.time.unix_ms = from.number<std::int64_t>();
  out.actor = from.text(decltype(Record::actor)::kCapacity);
  from.choice<Subject>();
  from.choice<Severity>();
  out.event = from.text(decltype(Record::event)::kCapacity);
  out.detail = from.text(decltype(Record::detail)::kCapacity);
  if (!from.done()) return std::nullopt;
  return out;
}

}  // namespace bulwatt::ledger
