#include "libs/bytes/queue.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>

using bulwatt::bytes::Queue;

TEST_CASE("gives back what was pushed, in order, for any pattern of pushes and takes") {
  Queue queue{100};
  std::deque<std::byte> model;
  unsigned state = 1;
  const auto next = [&] { return (state = state * 1664525U + 1013904223U) >> 16; };
  for (int step = 0; step < 5000; ++step) {
    std::vector<std::byte> bytes(next() % 40);
    for (auto& b : bytes) b = static_cast<std::byte>(next());
    const bool fits = model.size() + bytes.size() <= 100;
    CHECK(queue.push(bytes) == fits);
    if (fits) model.insert(model.end(), bytes.begin(), bytes.end());
    const std::size_t taken = std::min<std::size_t>(next() % 50, model.size());
    model.erase(model.begin(), model.begin() + static_cast<std::ptrdiff_t>(taken));
    queue.consume(taken);
    REQUIRE(std::ranges::equal(queue.view(), model));
    REQUIRE(queue.room() == 100 - model.size());
  }
  queue.consume(1000);
  CHECK(queue.empty());
}
