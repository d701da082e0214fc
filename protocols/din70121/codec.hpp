// DIN SPEC 70121 messages as EXI documents. Includes only what a caller needs; the work is in codec.cpp and libs/exi.
#pragma once
#include <expected>
#include <span>

#include "libs/exi/exi.hpp"

namespace bulwatt::din {

struct Message;

/// The tables of this schema set.
const exi::Grammar& grammar();

/// Into an object that lives somewhere and is used again: it is large, and the storage of its last message is reused.
std::expected<exi::Work, exi::Error> decode(std::span<const std::byte> in, Message& message);
std::expected<std::size_t, exi::Error> encode(const Message& message, std::span<std::byte> out);

}  // namespace bulwatt::din
