// Any bytes as the SignedInfo of a signature, a fragment of the signature schema alone.
#include <algorithm>
#include <cstdlib>

#include "protocols/xmldsig/xmldsig.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bulwatt;
  xmldsig::SignedInfo info;
  const Shape& shape = shape_of<xmldsig::SignedInfo>();
  const auto work = exi::decode_fragment(xmldsig::grammar(), shape, std::as_bytes(std::span{data, size}), &info);
  if (!work) return 0;
  if (work->steps > exi::kMaxStepsPerBit * (work->bits + 1)) std::abort();
  std::array<std::byte, 8192> once{};
  std::array<std::byte, 8192> twice{};
  const auto a = exi::encode_fragment(xmldsig::grammar(), info, once);
  xmldsig::SignedInfo again;
  if (!a || !exi::decode_fragment(xmldsig::grammar(), shape, std::span{once}.first(*a), &again)) std::abort();
  const auto b = exi::encode_fragment(xmldsig::grammar(), again, twice);
  if (!b || *a != *b || once != twice) std::abort();
  return 0;
}
