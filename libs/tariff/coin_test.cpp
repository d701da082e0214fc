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

TEST_CASE("an amount has the decimal places of its currency") {
  CHECK(amount(1'234'567, "EUR").view() == "1.23");
  CHECK(amount(5'000, "EUR").view() == "0.01");
  CHECK(amount(70'000, "EUR").view() == "0.07");
  CHECK(amount(-50'000, "EUR").view() == "-0.05");
  CHECK(amount(1'500'000, "JPY").view() == "2");
  CHECK(amount(1'234'567, "KWD").view() == "1.235");
}
