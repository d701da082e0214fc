#include "protocols/app_protocol/app_protocol.hpp"

namespace bulwatt::app_protocol {
namespace {

constexpr std::array<std::string_view, 2> kGlobals{"supportedAppProtocolReq", "supportedAppProtocolRes"};
constexpr exi::SchemaSet kSet{.globals = kGlobals, .document = &detail::ShapeOf<Message>::kShape};
constinit exi::Tables<8, 16> tables{};

}  // namespace

const exi::Grammar& grammar() {
  static const exi::Grammar once{kSet, tables.types, tables.rows};
  return once;
}

std::expected<exi::Work, exi::Error> decode(std::span<const std::byte> in, Message& message) {
  return exi::decode_document(grammar(), in, &message);
}

std::expected<std::size_t, exi::Error> encode(const Message& message, std::span<std::byte> out) {
  return exi::encode_document(grammar(), &message, out);
}

}  // namespace bulwatt::app_protocol
