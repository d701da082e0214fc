// ISO 15118-20, schema set of charging by an automatic connection device, as EXI documents.
#pragma once
#include "protocols/iso15118_20/acdp_message.hpp"

namespace bulwatt::iso20 {

/// The tables of this schema set; what is signed is a fragment of it.
const exi::Grammar& acdp_grammar();
/// Into an object that lives somewhere and is used again: it is large, and the storage of its last message is reused.
std::expected<exi::Work, exi::Error> decode(std::span<const std::byte> in, AcdpMessage& message);
std::expected<std::size_t, exi::Error> encode(const AcdpMessage& message, std::span<std::byte> out);

}  // namespace bulwatt::iso20
