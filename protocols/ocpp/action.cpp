#include "protocols/ocpp/action.hpp"

#include <algorithm>

namespace bulwatt::ocpp {

const Action* find_action(std::span<const Action> table, std::string_view name) {
  const auto at = std::ranges::lower_bound(table, name, {}, &Action::name);
  return at != table.end() && at->name == name ? &*at : nullptr;
}

}  // namespace bulwatt::ocpp
