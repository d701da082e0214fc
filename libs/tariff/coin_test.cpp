#include "libs/tariff/coin.hpp"

#include <doctest/doctest.h>

using namespace bulwatt::tariff;

TEST_CASE("a currency has as many decimal places as ISO 4217 says") {
  CHECK(decimal_places("EUR") == 2);
  CHECK(decimal_places("JPY") == 0);
  CHECK(decimal_places("KWD") == 3);
}

TEST_CASE("amounts keep the places that are asked for and those that say something") {
  CHECK(decimal(490'000, 2).view() == "0.49");
  CHECK(decimal(1, 2).view() == "0.000001");
  CHECK(decimal(5'000'000, 2).view() == "5.00");
  CHECK(decimal(19'000'000, 0).view() == "19");
}
