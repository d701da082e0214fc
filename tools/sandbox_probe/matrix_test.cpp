#include "tools/sandbox_probe/matrix.hpp"

#include <doctest/doctest.h>

#include <set>

#include "probe_expectations.hpp"
#include "tools/sandbox_probe/attempts.hpp"

using namespace bulwatt::probe;

namespace {

/// What the authority graph says, as if it had been seen.
Matrix as_expected() {
  Matrix matrix;
  for (const auto& service : kExpectations) {
    Column column{std::string{service.service}, {}};
    for (std::size_t i = 0; i < kOperationCount; ++i) {
      for (std::size_t stage = 0; stage < kStages; ++stage) column.at[stage][i] = service.rows[i].at[stage];
    }
    matrix.push_back(column);
  }
  return matrix;
}
std::size_t index_of(std::string_view name) { return static_cast<std::size_t>(find_operation(name) - kOperations); }
Column& column(Matrix& matrix, std::string_view service) {
  return *std::ranges::find(matrix, service, &Column::service);
}

}  // namespace

TEST_CASE("every operation has exactly one attempt, and every attempt an operation") {
  std::multiset<std::string_view> written;
  for (const auto group :
       {leftover_attempts(), file_attempts(), network_attempts(), process_attempts(), kernel_attempts()}) {
    for (const auto& one : group) written.insert(one.operation);
  }
  for (const auto& operation : kOperations) {
    CAPTURE(std::string{operation.name});
    CHECK(written.count(operation.name) == 1);
  }
  CHECK(written.size() == kOperationCount);
}

TEST_CASE("what is as the authority graph says has no difference") {
  auto seen = as_expected();
  for (auto& one : seen) {
    for (auto& stage : one.at) std::ranges::replace(stage, kAnyError, Outcome{EPERM});
  }
  const auto judged = judge(seen, kExpectations, {});
  CHECK(judged.differences.empty());
  CHECK(judged.compared > kExpectations.size() * 200);
}

TEST_CASE("each difference is one line that names service, stage, operation and both outcomes") {
  auto seen = as_expected();
  column(seen, "ocpp").at[0][index_of("connect_other_port")] = kAllowed;
  column(seen, "power").at[1][index_of("fork")] = ENOSYS;
  column(seen, "ledger").at[2][index_of("look_outside")] = kDied;
  const auto judged = judge(seen, kExpectations, {});
  // kAnyError is what a graph says and never what is seen; leave those lines out.
  std::vector<std::string> lines;
  for (const auto& line : judged.differences) {
    if (!line.ends_with("says refused")) lines.push_back(line);
  }
  REQUIRE(lines.size() == 3);
  CHECK(std::ranges::count(lines,
                           "ocpp at launch: connect_other_port (connect to a TCP port that is not granted): "
                           "allowed; the authority graph says refused with EACCES") == 1);
  CHECK(std::ranges::count(lines,
                           "power in steady state: fork (make another process): refused with ENOSYS; the "
                           "authority graph says the end of the process") == 1);
  CHECK(std::ranges::count(lines,
                           "ledger without a filter: look_outside (look whether a file of the host is there): an "
                           "unexpected end; the authority graph says refused with ENOENT") == 1);
}

TEST_CASE("a refusal by another layer than the one named is a difference") {
  auto seen = as_expected();
  column(seen, "ledger").at[0][index_of("abort_neighbour")] = EPERM;
  CHECK(std::ranges::any_of(judge(seen, kExpectations, {}).differences,
                            [](const auto& line) { return line.starts_with("ledger at launch: abort_neighbour"); }));
}

TEST_CASE("what only a newer kernel refuses is said to be weaker, not different") {
  auto seen = as_expected();
  column(seen, "ocpp").at[0][index_of("connect_other_port")] = kAllowed;
  const auto judged = judge(seen, kExpectations, {.landlock_ports = true});
  CHECK(judged.not_offered.size() == 1);
  CHECK(std::ranges::none_of(judged.differences, [](const auto& line) { return line.starts_with("ocpp at launch"); }));
}

TEST_CASE("a matrix and its text are the same; a changed, a missing and an added cell are lines") {
  auto seen = as_expected();
  auto text = to_text(seen);
  CHECK(compare_with_text(seen, text, {}).empty());
  column(seen, "hmi").at[1][index_of("accept")] = kKilled;
  auto lines = compare_with_text(seen, text, {});
  REQUIRE(lines.size() == 1);
  CHECK(lines[0] ==
        "hmi in steady state: accept (take a connection from the socket handed in): now killed; the file says yes");
  const auto at = text.find("log_line");
  text.replace(at, 8, "log_lime");
  lines = compare_with_text(as_expected(), text, {});
  CHECK(lines.size() == 2 * kExpectations.size());
}
