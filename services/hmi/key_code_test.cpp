#include <doctest/doctest.h>

#include <memory>

#include "services/hmi/station_page.hpp"

using namespace bulwatt;
using namespace bulwatt::hmi;

namespace {

meter::GetKeys::Keys keys_of(std::size_t size) {
  meter::GetKeys::Keys keys{};
  keys.classical.size = static_cast<std::uint16_t>(size);
  for (std::size_t i = 0; i < size; ++i) keys.classical.data[i] = static_cast<std::byte>(i);
  return keys;
}

/// Whether a finder pattern begins at this corner: dark frame, light frame, dark core.
bool finder(const KeyView& view, int left, int top) {
  for (int y = 0; y < 7; ++y) {
    for (int x = 0; x < 7; ++x) {
      const int ring = std::max(std::abs(x - 3), std::abs(y - 3));
      const bool dark = view.modules.view()[static_cast<std::size_t>((top + y) * view.side + left + x)] == '1';
      if (dark != (ring != 2)) return false;
    }
  }
  return true;
}

}  // namespace

TEST_CASE("a key of P-256 is told as OCPP tells it and drawn as a code with its three corners") {
  const auto view = std::make_unique<KeyView>();
  REQUIRE(show_keys(*view, keys_of(91)));
  CHECK(view->key.view().starts_with("oca:base16:asn1:000102030405"));
  CHECK(view->key.size == 16 + 2 * 91);
  REQUIRE(view->modules.size == view->side * view->side);
  CHECK(finder(*view, 0, 0));
  CHECK(finder(*view, view->side - 7, 0));
  CHECK(finder(*view, 0, view->side - 7));
  CHECK_FALSE(finder(*view, view->side - 7, view->side - 7));
}

TEST_CASE("without a key there is no code, and the one before is forgotten") {
  const auto view = std::make_unique<KeyView>();
  REQUIRE(show_keys(*view, keys_of(91)));
  CHECK_FALSE(show_keys(*view, keys_of(0)));
  CHECK(view->modules.empty());
  CHECK(view->key.empty());
}
