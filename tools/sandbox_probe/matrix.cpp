#include "tools/sandbox_probe/matrix.hpp"

#include <cstring>
#include <map>
#include <sstream>

namespace bulwatt::probe {
namespace {

constexpr std::array<std::string_view, kStages> kWhen{"at launch", "in steady state", "without a filter"};
constexpr std::size_t kNameWidth = 26;
constexpr std::size_t kCellWidth = 13;

std::string padded(std::string_view text, std::size_t width) {
  return std::string{text} + std::string(text.size() < width ? width - text.size() : 1, ' ');
}

std::string says(Outcome outcome) {
  if (outcome == kAllowed) return "allowed";
  if (outcome == kKilled) return "the end of the process";
  if (outcome == kNothing) return "nothing found";
  if (outcome == kAnyError) return "refused";
  if (outcome == kDied) return "an unexpected end";
  if (outcome == kNotSaid) return "not tried";
  return "refused with " + text_of(outcome);
}

std::string place(std::string_view service, std::size_t stage, const Operation& operation) {
  return std::string{service} + " " + std::string{kWhen[stage]} + ": " + std::string{operation.name} + " (" +
         std::string{operation.words} + ")";
}

bool agrees(Outcome seen, Outcome expected) {
  return seen == expected || (expected == kAnyError && seen > 0 && seen != kNothing);
}

void judge_one(Judgement& out, std::string_view service, std::size_t stage, const Operation& operation, Outcome seen,
               Outcome expected, const KernelGaps& gaps) {
  if (expected == kNotSaid || seen == kNotSaid) return;
  ++out.compared;
  if (agrees(seen, expected)) return;
  const auto where = place(service, stage, operation);
  if (gaps.has(operation.kernel) && seen == kAllowed) {
    out.not_offered.push_back(where + " is possible: this kernel does not offer what would refuse it");
    return;
  }
  out.differences.push_back(where + ": " + says(seen) + "; the authority graph says " + says(expected));
}

/// service and operation -> cell, for one stage.
using Cells = std::map<std::pair<std::string, std::string>, std::string>;

std::array<Cells, kStages> read_text(std::string_view text) {
  std::array<Cells, kStages> out;
  std::istringstream lines{std::string{text}};
  std::vector<std::string> services;
  std::size_t stage = kStages;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words{line};
    std::string first;
    if (!(words >> first) || first.starts_with("#")) continue;
    if (first.starts_with("[")) {
      stage = kStages;
      for (std::size_t i = 0; i < kStages; ++i) {
        if (first == "[" + std::string{kStageNames[i]} + "]") stage = i;
      }
      services.clear();
      for (std::string name; words >> name;) services.push_back(name);
      continue;
    }
    std::string cell;
    for (std::size_t i = 0; stage < kStages && i < services.size() && words >> cell; ++i)
      out[stage][{services[i], first}] = cell;
  }
  return out;
}

void compare_stage(std::vector<std::string>& out, const Matrix& seen, Cells cells, std::size_t stage,
                   const KernelGaps& gaps) {
  for (const auto& column : seen) {
    for (std::size_t i = 0; i < kOperationCount; ++i) {
      const auto& operation = kOperations[i];
      const auto found = cells.find({column.service, std::string{operation.name}});
      const auto now = text_of(column.at[stage][i]);
      const auto where = place(column.service, stage, operation);
      if (found == cells.end()) {
        out.push_back(where + ": now " + now + "; the file does not have it");
        continue;
      }
      const bool excused = gaps.has(operation.kernel) && column.at[stage][i] == kAllowed;
      if (found->second != now && !excused) out.push_back(where + ": now " + now + "; the file says " + found->second);
      cells.erase(found);
    }
  }
  for (const auto& [key, cell] : cells)
    out.push_back(key.first + " " + std::string{kWhen[stage]} + ": " + key.second + ": the file says " + cell +
                  "; it is not tried any more");
}

}  // namespace

bool KernelGaps::has(Kernel kernel) const {
  switch (kernel) {
    case Kernel::any: return false;
    case Kernel::landlock_ports: return landlock_ports;
    case Kernel::landlock_scopes: return landlock_scopes;
    case Kernel::sealed_sockets: return sealed_sockets;
  }
  return false;
}

std::string text_of(Outcome outcome) {
  if (outcome == kAllowed) return "yes";
  if (outcome == kKilled) return "killed";
  if (outcome == kNotSaid) return "-";
  if (outcome == kAnyError) return "refused";
  if (outcome == kDied) return "died";
  if (outcome == kNothing) return "nothing";
  const char* name = ::strerrorname_np(outcome);
  return name != nullptr ? name : std::to_string(outcome);
}

Judgement judge(const Matrix& seen, std::span<const ExpectedService> expected, const KernelGaps& gaps) {
  Judgement out;
  for (const auto& column : seen) {
    const auto found = std::ranges::find(expected, column.service, &ExpectedService::service);
    if (found == expected.end()) {
      out.differences.push_back(column.service + " is not in the authority graph");
      continue;
    }
    for (std::size_t stage = 0; stage < kStages; ++stage) {
      for (std::size_t i = 0; i < kOperationCount; ++i)
        judge_one(out, column.service, stage, kOperations[i], column.at[stage][i], found->rows[i].at[stage], gaps);
    }
  }
  return out;
}

Matrix without_details(Matrix seen, std::span<const ExpectedService> expected) {
  for (auto& column : seen) {
    const auto found = std::ranges::find(expected, column.service, &ExpectedService::service);
    for (std::size_t i = 0; found != expected.end() && i < kOperationCount * kStages; ++i) {
      const auto stage = i / kOperationCount;
      const auto operation = i % kOperationCount;
      const auto wanted = found->rows[operation].at[stage];
      auto& cell = column.at[stage][operation];
      if (wanted == kAnyError && agrees(cell, wanted)) cell = kAnyError;
    }
  }
  return seen;
}

std::string to_text(const Matrix& matrix) {
  std::string out =
      "# What happens when each service tries each operation under its own entry. Compared by the test "
      "sandbox_matrix_*;\n"
      "# explained in docs/sandbox.md. Made by: bulwatt-sandbox-proof --print\n";
  for (std::size_t stage = 0; stage < kStages; ++stage) {
    std::string line = padded("[" + std::string{kStageNames[stage]} + "]", kNameWidth);
    for (const auto& column : matrix) line += padded(column.service, kCellWidth);
    out += "\n" + line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    for (std::size_t i = 0; i < kOperationCount; ++i) {
      line = padded(kOperations[i].name, kNameWidth);
      for (const auto& column : matrix) line += padded(text_of(column.at[stage][i]), kCellWidth);
      out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
    }
  }
  return out;
}

std::vector<std::string> compare_with_text(const Matrix& seen, std::string_view text, const KernelGaps& gaps) {
  std::vector<std::string> out;
  auto cells = read_text(text);
  for (std::size_t stage = 0; stage < kStages; ++stage) compare_stage(out, seen, std::move(cells[stage]), stage, gaps);
  return out;
}

}  // namespace bulwatt::probe
