// What one process is given: its launch plan and its descriptors, from its entry and its places. The supervisor launches
// every service by this, and the proof of the sandbox launches the probe by it.
#pragma once
#include "services/supervisor/places.hpp"

namespace bulwatt::supervisor {

/// The numbers services are built with: 0, 1 nothing, 2 log, 3 control, conduits, devices, listening sockets, the same on IPv6,
/// sockets of links.
class DescriptorTable {
 public:
  struct Common {
    os::Handle null = os::kNoHandle;
    os::Handle log = os::kNoHandle;
    os::Handle control = os::kNoHandle;
  };

  DescriptorTable() = default;
  ~DescriptorTable();
  DescriptorTable(const DescriptorTable&) = delete;
  DescriptorTable& operator=(const DescriptorTable&) = delete;

  /// Opens the service's devices; they are closed with the table, everything else stays its owner's. Empty text: done.
  Problem fill(const sandbox::ServiceEntry& service, const Places& places, const Common& common,
               std::span<const os::Handle> conduits);
  std::span<const os::Handle> view() const { return all_.view(); }

 private:
  List<os::Handle, 64> all_{};
  std::size_t first_device_ = 0;
  std::size_t devices_ = 0;
};

struct Circumstances {
  os::Mode mode{};
  const char* mount_point = nullptr;
  sandbox::Layers required = 0;
  os::Handle program = os::kNoHandle;
};
/// `places` and `descriptors` must outlive the plan.
os::Plan make_plan(const sandbox::ServiceEntry& service, const Places& places, const Circumstances& here,
                   std::span<const os::Handle> descriptors);

}  // namespace bulwatt::supervisor
