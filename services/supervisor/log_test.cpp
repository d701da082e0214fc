#include "services/supervisor/log.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace bulwatt;
using namespace bulwatt::supervisor;
using namespace std::string_literals;

TEST_CASE("what a terminal would obey becomes text") {
  struct Case {
    std::string in;
    std::string_view out;
  };
  const Case cases[] = {
      {"plain", "plain"},
      {"\x1b[31mred", "\\x1b[31mred"},
      {"tab\tand\rreturn", "tab\\x09and\\x0dreturn"},
      {"na\xc3\xafve", "na\xc3\xafve"},
      {"broken \xff", "broken \\xff"},
      {"nul"s + '\0' + "byte", "nul\\x00byte"},
      {"\x7f", "\\x7f"},
  };
  for (const auto& c : cases) CHECK(escape(c.in).view() == c.out);
}

TEST_CASE("civil time is written as ISO 8601") {
  CHECK(utc({0}).view() == "1970-01-01T00:00:00.000Z");
  CHECK(utc({1'785'542'399'007}).view() == "2026-07-31T23:59:59.007Z");
  CHECK(utc({951'782'400'000}).view() == "2000-02-29T00:00:00.000Z");
}

TEST_CASE("lines are cut from a stream, bounded, and a dead writer's last words are kept") {
  LineCutter cutter;
  std::vector<std::string> lines;
  const auto take = [&](std::string_view line) { lines.emplace_back(line); };
  cutter.feed("one\ntw", take);
  cutter.feed("o\n\nthr", take);
  CHECK(lines == std::vector<std::string>{"one", "two"});
  cutter.flush(take);
  CHECK(lines.back() == "thr");
  cutter.feed(std::string(2000, 'x') + "\nnext\n", take);
  CHECK(lines[3].size() == kMaxLine);
  CHECK(lines[4] == "next");
}
