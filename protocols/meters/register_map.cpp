#include "protocols/meters/register_map.hpp"

namespace bulwatt::meters {

const Row* find_row(const RegisterMap& map, Quantity quantity) {
  const auto found = std::ranges::find(map.rows, quantity, &Row::quantity);
  return found == map.rows.end() ? nullptr : &*found;
}

}  // namespace bulwatt::meters
