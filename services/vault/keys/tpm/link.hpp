// The way to a TPM: an open descriptor that takes one command and gives one response, as the kernel's device and an emulator's
// socket do. What the stack calls a TCTI. Never waits longer than its patience; a device that said nothing for so long, or whose
// answer made no sense, is gone for good: nobody knows any more which answer belongs to which command.
#pragma once
#include <tss2/tss2_tcti.h>

#include <span>
#include <vector>

#include "libs/os/clock.hpp"

namespace bulwatt::vault::keys::tpm {

inline constexpr std::size_t kMaxFrame = 4096;
inline constexpr Duration kPatience = std::chrono::seconds{10};          ///< with what is done in the background
inline constexpr Duration kMakingPatience = std::chrono::minutes{2};     ///< RSA keys take chips half a minute
inline constexpr Duration kServicePatience = std::chrono::seconds{2};    ///< of a process whose heartbeats are counted
inline constexpr Duration kProvisionPatience = std::chrono::minutes{2};  ///< of one that nobody waits for

class Link {
 public:
  /// The descriptor stays the caller's and must outlive this.
  explicit Link(int descriptor, Duration patience = kPatience);
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;
  TSS2_TCTI_CONTEXT* context() { return reinterpret_cast<TSS2_TCTI_CONTEXT*>(&tcti_); }
  int descriptor() const { return descriptor_; }
  bool gone() const { return gone_; }
  /// Waits until an answer begins, at most its patience.
  bool wait_readable();
  void give_up() { gone_ = true; }

  /// One command and its response without the stack; empty when the device is gone.
  std::vector<std::byte> exchange(std::span<const std::byte> command);

 private:
  struct Tcti {
    TSS2_TCTI_CONTEXT_COMMON_V1 v1{};
    Link* link = nullptr;
  };
  static TSS2_RC transmit(TSS2_TCTI_CONTEXT* context, std::size_t size, const std::uint8_t* command);
  static TSS2_RC receive(TSS2_TCTI_CONTEXT* context, std::size_t* size, std::uint8_t* response,
                         std::int32_t timeout_ms);
  bool send(std::span<const std::byte> command);
  /// True when the whole response is in received_.
  bool take(Duration patience);
  bool wait(short events, Duration patience);
  bool complete() const;

  Tcti tcti_{};
  int descriptor_;
  Duration patience_;
  bool gone_ = false;
  std::vector<std::byte> received_{};
};

}  // namespace bulwatt::vault::keys::tpm
