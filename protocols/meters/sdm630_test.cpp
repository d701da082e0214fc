#include "protocols/meters/sdm630.hpp"

#include <doctest/doctest.h>

#include "protocols/meters/read_plan.hpp"

using namespace bulwatt;
using namespace bulwatt::meters;

TEST_CASE("the SDM630 has every quantity and needs two requests for all of them") {
  std::vector<Quantity> all;
  for (std::size_t i = 0; i < kQuantityCount; ++i) all.push_back(static_cast<Quantity>(i));
  const auto plan = plan_reads(kSdm630, all);
  REQUIRE(plan);
  const std::vector<Block> blocks(plan->blocks().begin(), plan->blocks().end());
  CHECK(blocks == std::vector<Block>{{0x0000, 0x4C}, {0x0156, 2}});
  for (const Block& block : blocks) CHECK(block.count <= 80);
}

TEST_CASE("rows lie where the public register list says") {
  const std::pair<Quantity, int> cases[] = {
      {Quantity::voltage_l3, 30005},    {Quantity::current_l1, 30007},   {Quantity::power_l2, 30015},
      {Quantity::power_total, 30053},   {Quantity::frequency, 30071},    {Quantity::energy_import, 30073},
      {Quantity::energy_export, 30075}, {Quantity::energy_total, 30343},
  };
  for (const auto& [quantity, number] : cases) {
    CAPTURE(enum_text(quantity));
    REQUIRE(find_row(kSdm630, quantity) != nullptr);
    CHECK(find_row(kSdm630, quantity)->address == number - 30001);
  }
}

TEST_CASE("maps are found by the name a board file uses") {
  CHECK(find_map("sdm630") == &kSdm630);
  CHECK(find_map("sdm631") == nullptr);
}
