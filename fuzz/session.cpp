// A station's life as the bytes say: plug, card, answer of the backend, offline, kill, power cut, faults and all orders of the
// backend, with the rules of services/session/README.md checked after every step. The first byte chooses the station.
#define DOCTEST_CONFIG_IMPLEMENT
#include "services/session/life_for_tests.hpp"

using namespace bulwatt;
using namespace bulwatt::session;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kLongestScript = 200;
constexpr std::array<Duration, 8> kPasses{0ms, 10ms, 100ms, 500ms, 1s, 3s, 12s, 130s};

/// Rules are checked by assertions of doctest, here without a test around them.
struct Judge {
  doctest::Context context{};
  Judge() {
    context.setAsDefaultForAssertsOutOfTestCases();
    context.setAssertHandler([](const doctest::AssertData& data) {
      if (!data.m_failed) return;
      std::fprintf(stderr, "%s:%d: %s\n", data.m_file, data.m_line, data.m_expr);
      std::abort();
    });
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Judge judge{};
  if (size < 2 || size > kLongestScript) return 0;
  std::span rest{data + 1, size - 1};
  const auto next = [&]() -> std::uint32_t {
    if (rest.empty()) return 0;
    const auto byte = rest[0];
    rest = rest.subspan(1);
    return byte;
  };
  testing::Life life{data[0], next};
  while (!rest.empty()) {
    const auto time = kPasses[next() % kPasses.size()];
    life.step(time);
  }
  life.end();
  return 0;
}
