#include "protocols/meters/read_plan.hpp"

#include <doctest/doctest.h>

using namespace bulwatt;
using namespace bulwatt::meters;

namespace {

constexpr auto kRows = std::to_array<Row>({
    {Quantity::voltage_l1, 10, Encoding::uint16, {}},
    {Quantity::voltage_l2, 11, Encoding::uint16, {}},
    {Quantity::current_l1, 15, Encoding::int32, {}},
    {Quantity::energy_import, 20, Encoding::int64, {}},
    {Quantity::energy_export, 0xFFFC, Encoding::int64, {}},
});

constexpr RegisterMap map_with(std::uint16_t words_max, std::uint16_t gap_max) {
  return {.model = "test",
          .table = Table::holding,
          .order = WordOrder::high_first,
          .absence = Absence::none,
          .words_max = words_max,
          .gap_max = gap_max,
          .rows = kRows,
          .serial = {}};
}
static_assert(well_formed(map_with(80, 0)));

constexpr std::array kAll{Quantity::energy_export, Quantity::energy_import, Quantity::current_l1, Quantity::voltage_l1,
                          Quantity::voltage_l2};

std::vector<Block> planned(const RegisterMap& map, std::span<const Quantity> wanted) {
  const auto plan = plan_reads(map, wanted);
  REQUIRE(plan);
  return {plan->blocks().begin(), plan->blocks().end()};
}

}  // namespace

TEST_CASE("neighbours share a request, gaps are crossed only as far as the meter allows") {
  CHECK(planned(map_with(80, 0), kAll) == std::vector<Block>{{10, 2}, {15, 2}, {20, 4}, {0xFFFC, 4}});
  CHECK(planned(map_with(80, 2), kAll) == std::vector<Block>{{10, 2}, {15, 2}, {20, 4}, {0xFFFC, 4}});
  CHECK(planned(map_with(80, 3), kAll) == std::vector<Block>{{10, 14}, {0xFFFC, 4}});
}

TEST_CASE("a request never exceeds the limit of the meter and never cuts a value") {
  CHECK(planned(map_with(14, 10), kAll) == std::vector<Block>{{10, 14}, {0xFFFC, 4}});
  CHECK(planned(map_with(13, 10), kAll) == std::vector<Block>{{10, 7}, {20, 4}, {0xFFFC, 4}});
  CHECK(planned(map_with(6, 10), kAll) == std::vector<Block>{{10, 2}, {15, 2}, {20, 4}, {0xFFFC, 4}});
}

TEST_CASE("only what is wanted is read") {
  const std::array one{Quantity::current_l1, Quantity::current_l1};
  CHECK(planned(map_with(80, 40), one) == std::vector<Block>{{15, 2}});
  CHECK(planned(map_with(80, 40), {}).empty());
}

TEST_CASE("a quantity the meter does not have is an error") {
  const std::array wanted{Quantity::frequency};
  CHECK(plan_reads(map_with(80, 0), wanted).error() == PlanError::missing);
}

TEST_CASE("a value is picked from the answer to its block only") {
  const RegisterMap map = map_with(80, 3);
  std::vector<std::uint16_t> words(14);
  words[1] = 230;
  words[6] = 7;
  CHECK(pick(map, Quantity::voltage_l2, {10, 14}, words) == 230);
  CHECK(pick(map, Quantity::current_l1, {10, 14}, words) == 7);
  CHECK(pick(map, Quantity::energy_export, {10, 14}, words).error() == PickError::not_in_block);
  CHECK(pick(map, Quantity::frequency, {10, 14}, words).error() == PickError::not_in_block);
  CHECK(pick(map, Quantity::energy_import, {10, 13}, words).error() == PickError::not_in_block);
  CHECK(pick(map, Quantity::voltage_l1, {10, 13}, words).error() == PickError::bad_length);
  words[10] = 0x8000;
  CHECK(pick(map, Quantity::energy_import, {10, 14}, words).error() == PickError::out_of_range);
}

TEST_CASE("NaN in a float register is picked as such") {
  constexpr auto kFloat = std::to_array<Row>({{Quantity::voltage_l1, 0, Encoding::float32, {1'000, 1}}});
  RegisterMap map = map_with(80, 0);
  map.rows = kFloat;
  const std::array<std::uint16_t, 2> words{0x7FC0, 0};
  CHECK(pick(map, Quantity::voltage_l1, {0, 2}, words).error() == PickError::not_a_number);
}

TEST_CASE("maps that break a promise are recognised") {
  constexpr auto kOverlap = std::to_array<Row>(
      {{Quantity::voltage_l1, 0, Encoding::float32, {}}, {Quantity::voltage_l2, 1, Encoding::float32, {}}});
  constexpr auto kTwice = std::to_array<Row>(
      {{Quantity::voltage_l1, 0, Encoding::int16, {}}, {Quantity::voltage_l1, 1, Encoding::int16, {}}});
  constexpr auto kBeyond = std::to_array<Row>({{Quantity::voltage_l1, 0xFFFF, Encoding::int32, {}}});
  constexpr auto kNoScale = std::to_array<Row>({{Quantity::voltage_l1, 0, Encoding::int32, {0, 1}}});
  RegisterMap map = map_with(80, 0);
  for (const std::span<const Row> rows : {std::span<const Row>(kOverlap), std::span<const Row>(kTwice),
                                          std::span<const Row>(kBeyond), std::span<const Row>(kNoScale)}) {
    map.rows = rows;
    CHECK_FALSE(well_formed(map));
  }
  constexpr auto kScaleTooFar = std::to_array<Row>({{Quantity::voltage_l1, 0, Encoding::int16, {}, 80}});
  constexpr auto kScaleBefore = std::to_array<Row>({{Quantity::voltage_l1, 5, Encoding::int16, {}, 4}});
  constexpr auto kScaledFloat = std::to_array<Row>({{Quantity::voltage_l1, 0, Encoding::float32, {}, 4}});
  for (const std::span<const Row> rows :
       {std::span<const Row>(kScaleTooFar), std::span<const Row>(kScaleBefore), std::span<const Row>(kScaledFloat)}) {
    map.rows = rows;
    CHECK_FALSE(well_formed(map));
  }
  CHECK_FALSE(well_formed(map_with(126, 0)));
  CHECK_FALSE(well_formed(map_with(3, 0)));
}
