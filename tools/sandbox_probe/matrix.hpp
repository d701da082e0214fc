// The result of a proof, service by operation by stage, and what it is held against: the manifest's expectations and a
// checked-in file. Pure.
#pragma once
#include <string>
#include <vector>

#include "tools/sandbox_probe/operations.hpp"

namespace bulwatt::probe {

/// The process ended otherwise than by the filter, or did not answer.
inline constexpr Outcome kDied = -4;

struct Column {
  std::string service;
  std::array<std::array<Outcome, kOperationCount>, kStages> at{};
};
using Matrix = std::vector<Column>;

/// What this kernel lacks; operations that only these refuse are then possible.
struct KernelGaps {
  bool landlock_ports = false;
  bool landlock_scopes = false;
  bool sealed_sockets = false;
  bool has(Kernel kernel) const;
};

/// "yes", "killed", "EACCES", "nothing", "-", …
std::string text_of(Outcome outcome);

struct Judgement {
  std::vector<std::string> differences;  ///< one clear line each; empty: proved
  std::vector<std::string> not_offered;  ///< possible here because the kernel lacks something
  std::size_t compared = 0;
};
/// Columns whose expectation is kNotSaid everywhere were not tried and are not compared.
Judgement judge(const Matrix& seen, std::span<const ExpectedService> expected, const KernelGaps& gaps);

/// Where any error will do, which one it was is left out: it depends on mode and kernel.
Matrix without_details(Matrix seen, std::span<const ExpectedService> expected);
/// As a text file, one table per stage.
std::string to_text(const Matrix& matrix);
/// One line per place where the text says something else; rows and columns missing on either side are lines too.
std::vector<std::string> compare_with_text(const Matrix& seen, std::string_view text, const KernelGaps& gaps);

}  // namespace bulwatt::probe
