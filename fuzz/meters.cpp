// Any register words in any encoding: a value that decodes is plausible, and survives encoding and decoding again.
#include <cstdlib>

#include "protocols/meters/codec.hpp"

using namespace bulwatt::meters;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size < 5) return 0;
  const Row row{static_cast<Quantity>(data[0] % kQuantityCount),
                0,
                static_cast<Encoding>(data[1] % 7),
                {1 + data[2] * data[2] * 16, 1 + data[3]}};
  const WordOrder order = data[4] % 2 == 0 ? WordOrder::high_first : WordOrder::low_first;
  std::array<std::uint16_t, kWordsMax> words{};
  const std::size_t count = std::min((size - 5) / 2, kWordsMax);
  for (std::size_t i = 0; i < count; ++i) words[i] = static_cast<std::uint16_t>(data[5 + 2 * i] << 8 | data[6 + 2 * i]);
  const auto value = decode(row, order, std::span(words).first(count));
  if (!value) return 0;
  const Range range = plausible_range(row.quantity);
  if (*value < range.least || *value > range.greatest) std::abort();
  if (!encode(row, order, *value, std::span(words).first(count))) return 0;  // rounding went past the register's end
  const auto again = decode(row, order, std::span(words).first(count));
  if (again && std::abs(*again - *value) > 1) std::abort();
  return 0;
}
