// What the headers of interfaces/ say, as data: the manifest compiler is compiled against them, so a manifest cannot name
// a message that does not exist.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

namespace bulwatt::manifest {

struct MessageInfo {
  std::string_view name;
  std::uint8_t id{};
  bool is_call{};
  std::uint64_t bit() const { return std::uint64_t{1} << id; }
};

struct InterfaceInfo {
  std::string_view name;
  std::uint64_t hash{};
  std::vector<MessageInfo> messages;
  const MessageInfo* message(std::string_view name) const;
};

const std::vector<InterfaceInfo>& catalog();
const InterfaceInfo* find_interface(std::string_view name);

}  // namespace bulwatt::manifest
