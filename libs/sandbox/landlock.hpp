// The kernel's Landlock interface, as far as we use it: rights by interface version, rule sets, restriction of the calling
// thread. Safe between clone and exec: no allocation, only system calls. Headers of the floor kernel know version 2; the
// numbers are the kernel's.
#pragma once
#include <cstdint>

#include "libs/sandbox/table.hpp"

namespace bulwatt::sandbox::landlock {

// File rights, bit per right.
inline constexpr std::uint64_t kExecute = 1U << 0;
inline constexpr std::uint64_t kWriteFile = 1U << 1;
inline constexpr std::uint64_t kReadFile = 1U << 2;
inline constexpr std::uint64_t kReadFolder = 1U << 3;
inline constexpr std::uint64_t kRemoveFolder = 1U << 4;
inline constexpr std::uint64_t kRemoveFile = 1U << 5;
inline constexpr std::uint64_t kMakeFolder = 1U << 7;
inline constexpr std::uint64_t kMakeFile = 1U << 8;
inline constexpr std::uint64_t kRefer = 1U << 13;     ///< version 2
inline constexpr std::uint64_t kTruncate = 1U << 14;  ///< version 3
inline constexpr std::uint64_t kIoctl = 1U << 15;     ///< version 5
// Network rights (version 4) and scopes (version 6).
inline constexpr std::uint64_t kBindTcp = 1U << 0;
inline constexpr std::uint64_t kConnectTcp = 1U << 1;
inline constexpr std::uint64_t kAbstractSockets = 1U << 0;
inline constexpr std::uint64_t kSignals = 1U << 1;

/// What a rule set denies unless a rule allows it. The layout is the kernel's.
struct Handled {
  std::uint64_t files = 0;
  std::uint64_t network = 0;
  std::uint64_t scopes = 0;
  friend constexpr bool operator==(const Handled&, const Handled&) = default;
};

/// Everything interface version `version` can deny; versions above 7 are used as 7. Nothing for 0.
constexpr Handled handled(int version) {
  if (version < 1) return {};
  Handled h{.files = kRefer - 1};
  if (version >= 2) h.files |= kRefer;
  if (version >= 3) h.files |= kTruncate;
  if (version >= 4) h.network = kBindTcp | kConnectTcp;
  if (version >= 5) h.files |= kIoctl;
  if (version >= 6) h.scopes = kAbstractSockets | kSignals;
  return h;
}

/// Rights on one entry of a file view, limited to what the rule set handles.
constexpr std::uint64_t entry_rights(Rights rights, bool folder, bool program, const Handled& h) {
  std::uint64_t r = kReadFile;
  if (folder) r |= kReadFolder;
  if (program) r |= kExecute;
  if (rights == Rights::read_write) {
    r |= kWriteFile | kTruncate;
    if (folder) r |= kMakeFile | kMakeFolder | kRemoveFile | kRemoveFolder | kRefer;
  }
  return r & h.files;
}

/// Interface version of the running kernel; 0: none.
int version();
/// A rule set; -1 and errno on failure.
int create(const Handled& handled);
bool allow_below(int rules, int path, std::uint64_t rights);
bool allow_connect(int rules, std::uint16_t port);
/// Binds the calling thread for good. Closes the rule set.
bool enter(int rules);

}  // namespace bulwatt::sandbox::landlock
