// Any bytes as a document of one schema set: what decodes encodes, what was encoded decodes to the same bytes again, and the
// work of a decoder is bounded by its input.
#pragma once
#include <algorithm>
#include <cstdlib>
#include <memory>
#include <span>

#include "libs/exi/exi.hpp"

template <class Message>
int exi_document(const bulwatt::exi::Grammar& grammar, const std::uint8_t* data, std::size_t size) {
  using namespace bulwatt;
  static const auto first = std::make_unique<Message>();
  static const auto second = std::make_unique<Message>();
  static std::array<std::byte, 2 * exi::kMaxBytes> once{};
  static std::array<std::byte, 2 * exi::kMaxBytes> twice{};
  const auto work = exi::decode_document(grammar, std::as_bytes(std::span{data, size}), first.get());
  if (!work) {
    if (work.error().bit > size * 8) std::abort();
    return 0;
  }
  if (work->bits > size * 8 || work->steps > exi::kMaxStepsPerBit * (work->bits + 1)) std::abort();
  const auto a = exi::encode_document(grammar, first.get(), once);
  if (!a || !exi::decode_document(grammar, std::span{once}.first(*a), second.get())) std::abort();
  const auto b = exi::encode_document(grammar, second.get(), twice);
  if (!b || *a != *b || !std::equal(once.begin(), once.begin() + static_cast<std::ptrdiff_t>(*a), twice.begin()))
    std::abort();
  return 0;
}
