// ISO 15118-20, schema set of wireless charging, as EXI documents.
#pragma once
#include "protocols/iso15118_20/wpt_message.hpp"

namespace bulwatt::iso20 {

/// The tables of this schema set; what is signed is a fragment of it.
const exi::Grammar& wpt_grammar();
/// Into an object that lives somewhere and is used again: it is large, and the storage of its last message is reused.
std::expected<exi::Work, exi::Error> decode(std::span<const std::byte> in, WptMessage& message);
std::expected<std::size_t, exi::Error> encode(const WptMessage& message, std::span<std::byte> out);

}  // namespace bulwatt::iso20
