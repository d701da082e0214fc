#include "protocols/iso15118_session/negotiation.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

using namespace bulwatt;
using namespace bulwatt::iso15118;

namespace {
constexpr std::string_view kDin = "urn:din:70121:2012:MsgDef";
constexpr std::string_view kIso2 = "urn:iso:15118:2:2013:MsgDef";
constexpr std::string_view kAc = "urn:iso:std:iso:15118:-20:AC";
constexpr std::string_view kDc = "urn:iso:std:iso:15118:-20:DC";
constexpr std::string_view kTesla = "urn:tesla:din:2018:MsgDef";
constexpr Enabled kAll{true, true, true, true};

std::optional<Agreed> agree(std::vector<Proposal> proposals, const Enabled& enabled = kAll,
                            Channel channel = Channel::tls_1_3) {
  return negotiate(proposals, enabled, channel);
}
}  // namespace

//=test ISO15118-2 V2G2-169
TEST_CASE("the car's priority decides, not the order of the list and not what is newer") {
  std::vector<Proposal> proposals{{kAc, 1, 0, 1, 3}, {kIso2, 2, 0, 2, 2}, {kDin, 2, 0, 3, 1}, {kDc, 1, 0, 4, 4}};
  std::ranges::sort(proposals, {}, &Proposal::schema_id);
  do {
    const auto agreed = negotiate(proposals, kAll, Channel::tls_1_3);
    REQUIRE(agreed.has_value());
    CHECK(*agreed == Agreed{Protocol::din70121, 3, false});
  } while (std::ranges::next_permutation(proposals, {}, &Proposal::schema_id).found);
}

TEST_CASE("what the station does not know or has switched off is passed over") {
  const std::vector<Proposal> tesla{{kTesla, 1, 0, 0, 1}, {kDin, 2, 0, 1, 2}};
  CHECK(agree(tesla) == Agreed{Protocol::din70121, 1, false});
  CHECK_FALSE(agree(tesla, {.iso15118_2 = true}).has_value());
  CHECK(agree({{kIso2, 2, 0, 9, 1}, {kDin, 2, 0, 1, 2}}, {.din70121 = true}) == Agreed{Protocol::din70121, 1, false});
  CHECK_FALSE(agree({}).has_value());
  CHECK_FALSE(agree({{kIso2, 2, 0, 1, 1}}, {}).has_value());
}

//=test ISO15118-20 V2G20-2356
TEST_CASE("ISO 15118-20 is spoken over TLS 1.3 only, whatever the car likes best") {
  const std::vector<Proposal> proposals{{kDc, 1, 0, 1, 1}, {kAc, 1, 0, 2, 2}, {kIso2, 2, 0, 3, 3}};
  CHECK(agree(proposals, kAll, Channel::tls_1_3) == Agreed{Protocol::iso15118_20_dc, 1, false});
  CHECK(agree(proposals, kAll, Channel::tls_1_2) == Agreed{Protocol::iso15118_2, 3, false});
  CHECK(agree(proposals, kAll, Channel::plain) == Agreed{Protocol::iso15118_2, 3, false});
  CHECK_FALSE(agree({{kDc, 1, 0, 1, 1}}, kAll, Channel::tls_1_2).has_value());
}

TEST_CASE("another major version is another protocol; another minor one is said to deviate") {
  CHECK_FALSE(agree({{kIso2, 1, 0, 1, 1}}).has_value());
  CHECK_FALSE(agree({{kIso2, 3, 0, 1, 1}}).has_value());
  CHECK(agree({{kIso2, 2, 1, 1, 1}}) == Agreed{Protocol::iso15118_2, 1, true});
  CHECK(agree({{kDin, 2, 0, 1, 1}}) == Agreed{Protocol::din70121, 1, false});
}

TEST_CASE("a namespace that only begins alike is another one") {
  CHECK_FALSE(agree({{"urn:iso:15118:2:2013:MsgDe", 2, 0, 1, 1}}).has_value());
  CHECK_FALSE(agree({{"urn:iso:15118:2:2013:MsgDefs", 2, 0, 1, 1}}).has_value());
  CHECK_FALSE(agree({{"urn:iso:15118:2:2010:MsgDef", 1, 0, 1, 1}}).has_value());
  CHECK_FALSE(agree({{"", 2, 0, 1, 1}}).has_value());
}

TEST_CASE("twenty equal priorities give the first that is known") {
  std::vector<Proposal> proposals(20, {kTesla, 2, 0, 0, 1});
  proposals[7] = {kIso2, 2, 0, 77, 1};
  proposals[8] = {kDin, 2, 0, 78, 1};
  CHECK(agree(proposals) == Agreed{Protocol::iso15118_2, 77, false});
}
