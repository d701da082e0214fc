// All schema sets by name, with storage for one message of each, so that a test can walk over vectors of any set.
#pragma once
#include <span>
#include <string_view>

#include "libs/exi/exi.hpp"

namespace bulwatt::exi_test {

struct Set {
  std::string_view name;
  const exi::Grammar* grammar;
  void* document;  ///< a message of the set; null where the set has none
};

/// Null when there is no such set.
const Set* find_set(std::string_view name);
std::span<const Set> all_sets();

}  // namespace bulwatt::exi_test
