// bulwatt-sandbox-probe: stands in a service's place, under its exact entry, and tries what it is told to. Started only by
// bulwatt-sandbox-proof; outside a sandbox it finds no control conduit and ends.
#include <csignal>

#include "libs/os/conduit.hpp"
#include "libs/sandbox/self.hpp"
#include "libs/wire/wire.hpp"
#include "system_table.hpp"
#include "tools/sandbox_probe/attempts.hpp"

using namespace bulwatt;
using namespace bulwatt::probe;

namespace {

constexpr auto kPatience = std::chrono::seconds{20};
constexpr int kExitNoQuestion = 2;

Surroundings here;
sandbox::Layers found = 0;

Answer look(const World& facts) {
  here.facts = facts;
  if (facts.service >= kSystem.services.size()) return {EINVAL};
  here.service = &kSystem.services[facts.service];
  const auto expected = sandbox::descriptors_of(*here.service);
  here.granted = static_cast<int>(std::bit_width(expected.must | expected.may));
  const auto layers = sandbox::check_start(expected);
  // The probe goes on where a service would not: it is here to see what is possible then.
  found = layers.value_or(0);
  return layers ? Answer{0, found} : Answer{kAnyError, 0, static_cast<int>(layers.error().fault)};
}

Answer attempt(const Try& one) {
  if (one.operation >= kOperationCount) return {EINVAL};
  const auto* how = find_attempt(kOperations[one.operation].name);
  errno = 0;
  return {how == nullptr ? Outcome{EINVAL} : static_cast<Outcome>(how->run(here))};
}

Answer lock_down() {
  const auto layers = sandbox::lock_down(
      {.filter = here.service->filter_steady, .lock_memory = here.service->lock_memory, .found = found, .required = 0});
  return layers ? Answer{0, *layers} : Answer{kAnyError, 0, static_cast<int>(layers.error().fault)};
}

bool answer_one() {
  static wire::Buffer<Ask> frame{};
  if (!os::wait_readable(kControl, os::now() + kPatience)) return false;
  const auto got = os::receive(kControl, frame);
  if (got.arrival != os::Arrival::frame) return false;
  const auto ask = wire::decode<Ask>(std::span<const std::byte>{frame}.first(got.size));
  if (!ask) return false;
  Answer answer;
  if (const auto* facts = std::get_if<World>(&ask->body)) answer = look(*facts);
  else if (const auto* one = std::get_if<Try>(&ask->body)) answer = attempt(*one);
  else answer = lock_down();
  wire::Buffer<Answer> reply{};
  const auto size = wire::encode(answer, reply);
  return os::send(kControl, std::span{reply}.first(size)) == os::Sent::ok;
}

}  // namespace

int main(int argc, char**, char** environment) {
  here.words = argc;
  here.environment = environment;
  // A file beyond the limit is to be an error here, not the end.
  std::signal(SIGXFSZ, SIG_IGN);
  while (answer_one()) {
  }
  return kExitNoQuestion;
}
