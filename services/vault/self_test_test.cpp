#include "services/vault/self_test.hpp"

#include <doctest/doctest.h>

using namespace bulwatt::vault;

TEST_CASE("every algorithm gives the answers that are known, and signs what verifies") {
  const auto tests = test_library();
  CHECK(tests.size() > 20);
  for (const auto& test : tests) {
    CAPTURE(test.name.view());
    CHECK(test.passed);
  }
}
