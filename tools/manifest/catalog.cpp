#include "tools/manifest/catalog.hpp"

#include "interfaces/registry.hpp"
#include "libs/ipc/hash.hpp"

namespace bulwatt::manifest {
namespace {

std::vector<InterfaceInfo> walk_registry() {
  std::vector<InterfaceInfo> out;
  interfaces::for_each([&out]<class I>() {
    InterfaceInfo info{I::kName, ipc::interface_hash<I>(), {}};
    I::for_each([&info](auto message) {
      using M = decltype(message);
      info.messages.push_back({M::kName, M::kId, M::kIsCall});
    });
    out.push_back(std::move(info));
  });
  return out;
}

}  // namespace

const MessageInfo* InterfaceInfo::message(std::string_view wanted) const {
  const auto found = std::ranges::find(messages, wanted, &MessageInfo::name);
  return found == messages.end() ? nullptr : &*found;
}

const std::vector<InterfaceInfo>& catalog() {
  static const auto kCatalog = walk_registry();
  return kCatalog;
}

const InterfaceInfo* find_interface(std::string_view name) {
  const auto found = std::ranges::find(catalog(), name, &InterfaceInfo::name);
  return found == catalog().end() ? nullptr : &*found;
}

}  // namespace bulwatt::manifest
