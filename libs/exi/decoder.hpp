// The state of one decoding. Internal to exi; decode.cpp has the walk, text.cpp the texts, fragment.cpp signed elements.
#pragma once
#include <algorithm>
#include <cstring>

#include "libs/base/check.hpp"
#include "libs/exi/bits.hpp"
#include "libs/exi/exi.hpp"

namespace bulwatt::exi {

class Decoder {
 public:
  explicit Decoder(std::span<const std::byte> in) : in_(in) {}

  std::expected<Work, Error> document(const Grammar& grammar, std::byte* to);
  std::expected<Work, Error> fragment(const Grammar& grammar, const Shape& shape, std::byte* to);

 private:
  static constexpr std::size_t kFailed = ~std::size_t{0};
  static constexpr std::uint32_t kNoCode = ~std::uint32_t{0};
  /// Texts that later ones may refer to; a stream that refers beyond them is refused.
  static constexpr std::size_t kMaxTexts = 64;

  struct Next {
    std::size_t at;
    std::uint64_t code;  ///< kNoCode: not read yet
  };
  /// A text of this stream: its qualified name, and where its length stands.
  struct Seen {
    std::uint32_t partition;
    std::uint32_t at;
  };

  bool header();
  std::size_t record(const Type& type, std::byte* object, std::size_t at);
  std::size_t item(const Row& row, std::byte* to, std::uint32_t code, std::size_t at);
  std::size_t choose(const Type& type, std::byte* to, std::uint32_t code, std::size_t at);
  std::size_t either(const Row& row, std::byte* object, std::uint32_t code, std::size_t at);
  Next list(const Row& row, std::byte* to, std::uint32_t code, std::size_t at);
  static void absent(const Row& row, std::byte* object);

  std::size_t simple(const Row& row, std::byte* to, std::size_t at);
  std::size_t value(const Row& row, std::byte* to, std::size_t at);
  std::size_t fixed_bits(const Row& row, std::byte* to, std::size_t at);
  std::size_t integer(const Row& row, std::byte* to, std::size_t at);
  static std::size_t short_integer(const Row& row, std::byte* to, std::uint64_t window, std::size_t at);
  static bool keep_integer(const Row& row, std::byte* to, bool negative, std::uint64_t magnitude);
  std::size_t big_integer(const Row& row, std::byte* to, std::size_t at);
  std::size_t octets(const Row& row, std::byte* to, std::size_t at);
  std::size_t unsigned_value(std::size_t at, std::uint64_t& value, std::string_view element);

  std::size_t text(const Row& row, std::byte* to, std::size_t at);
  std::size_t hit(const Row& row, std::byte* to, bool global, std::size_t at);
  std::size_t characters(const Row& row, std::byte* to, std::uint64_t n, std::size_t at);
  std::size_t code_point(const Row& row, std::byte* to, std::size_t& bytes, std::size_t at);

  std::size_t relaxed(const Grammar& grammar, const Type& type, std::byte* to, std::size_t at);
  std::expected<Work, Error> finish(std::size_t at);

  std::size_t fail(ErrorKind kind, std::size_t at, std::string_view element);
  std::size_t leftover(std::uint32_t over, std::size_t at, std::string_view element);
  /// Text, Octets and List begin with their size.
  static void set_size(std::byte* to, std::size_t n) {
    const auto size = static_cast<std::uint16_t>(n);
    std::memcpy(to, &size, sizeof size);
  }

  BitInput in_;
  Error error_{};
  std::uint32_t steps_ = 0;
  std::uint32_t texts_ = 0;
  std::array<Seen, kMaxTexts> seen_;  // written before it is read
};

}  // namespace bulwatt::exi
