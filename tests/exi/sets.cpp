#include "tests/exi/sets.hpp"

#include <memory>

#include "protocols/app_protocol/app_protocol.hpp"
#include "protocols/din70121/codec.hpp"
#include "protocols/din70121/message.hpp"
#include "protocols/iso15118_2/codec.hpp"
#include "protocols/iso15118_2/message.hpp"
#include "protocols/iso15118_20/ac_codec.hpp"
#include "protocols/iso15118_20/acdp_codec.hpp"
#include "protocols/iso15118_20/common_codec.hpp"
#include "protocols/iso15118_20/dc_codec.hpp"
#include "protocols/iso15118_20/wpt_codec.hpp"
#include "protocols/xmldsig/xmldsig.hpp"

namespace bulwatt::exi_test {
namespace {

template <class Message>
Message* storage() {
  static const auto message = std::make_unique<Message>();
  return message.get();
}

}  // namespace

std::span<const Set> all_sets() {
  static const std::array<Set, 9> sets{{
      {"app", &app_protocol::grammar(), storage<app_protocol::Message>()},
      {"din", &din::grammar(), storage<din::Message>()},
      {"iso2", &iso2::grammar(), storage<iso2::Message>()},
      {"cm", &iso20::common_grammar(), storage<iso20::CommonMessage>()},
      {"ac", &iso20::ac_grammar(), storage<iso20::AcMessage>()},
      {"dc", &iso20::dc_grammar(), storage<iso20::DcMessage>()},
      {"wpt", &iso20::wpt_grammar(), storage<iso20::WptMessage>()},
      {"acdp", &iso20::acdp_grammar(), storage<iso20::AcdpMessage>()},
      {"dsig", &xmldsig::grammar(), nullptr},
  }};
  return sets;
}

const Set* find_set(std::string_view name) {
  for (const Set& set : all_sets()) {
    if (set.name == name) return &set;
  }
  return nullptr;
}

}  // namespace bulwatt::exi_test
