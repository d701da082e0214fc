// The pure half of the outside view: what the kernel's texts about a process say against what was claimed for it. Each
// function answers with the layers that are not as claimed and a sentence about the first of them.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "libs/sandbox/layers.hpp"

namespace bulwatt::supervisor {

/// One layer less than claimed is one bit; the sentence follows "NAME, seen from outside: ".
struct Denial {
  sandbox::Layers layers = 0;
  std::string_view sentence{};
  void add(sandbox::Layer layer, std::string_view why) {
    if (layers == 0) sentence = why;
    layers |= bit(layer);
  }
  void add(const Denial& other) {
    if (layers == 0) sentence = other.sentence;
    layers |= other.layers;
  }
};

struct ExpectedMount {
  std::string_view place;  ///< without the leading '/'
  bool read_only = true;
  bool program = false;
};

struct ExpectedLimits {
  std::uint64_t memory_bytes = 0;
  std::uint64_t file_bytes = 0;
  std::uint64_t open_files = 0;
};

/// What the descriptor of a number may be.
/// served: a device file, or the socket of a program that stands for one.
enum class Kind : std::uint8_t { nothing, pipe, socket, device, served };

/// /proc/PID/status. `user`: as seen by us. `own_groups`: the process must be in no other group than its own.
Denial judge_status(std::string_view status, sandbox::Layers claimed, std::uint32_t user, bool own_groups);
/// /proc/PID/limits.
Denial judge_limits(std::string_view limits, sandbox::Layers claimed, const ExpectedLimits& expected);
/// /proc/PID/mountinfo: exactly the root and these, each no weaker than granted.
Denial judge_mounts(std::string_view mountinfo, sandbox::Layers claimed, std::span<const ExpectedMount> expected);

/// True: a link of /proc/PID/fd is of this kind.
bool is_kind(std::string_view link, Kind kind);
/// True: a service may have made this itself.
bool is_own(std::string_view link, bool networked, bool has_files);

}  // namespace bulwatt::supervisor
