// Power's logic and the safety controller's never allocate: a whole charge, faults, lock and a lying controller included,
// over both ends of the serial line. A test program of its own, because it replaces the allocator's entry points.
#include <doctest/doctest.h>

#include <cstdlib>
#include <new>

#include "mcu/logic/device.hpp"
#include "services/power/outlets.hpp"

namespace {
std::uint64_t allocations = 0;
void* counted(std::size_t size) {
  ++allocations;
  return std::malloc(size);  // NOLINT: this is the allocator
}
}  // namespace

void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
void operator delete(void* p) noexcept { std::free(p); }                 // NOLINT
void operator delete[](void* p) noexcept { std::free(p); }               // NOLINT
void operator delete(void* p, std::size_t) noexcept { std::free(p); }    // NOLINT
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }  // NOLINT

extern "C" {
void* __real_malloc(std::size_t size);                 // NOLINT: the linker's names
void* __real_calloc(std::size_t n, std::size_t size);  // NOLINT
void* __real_realloc(void* old, std::size_t size);     // NOLINT
void* __wrap_malloc(std::size_t size) {                // NOLINT
  ++allocations;
  return __real_malloc(size);
}
void* __wrap_calloc(std::size_t n, std::size_t size) {  // NOLINT
  ++allocations;
  return __real_calloc(n, size);
}
void* __wrap_realloc(void* old, std::size_t size) {  // NOLINT
  ++allocations;
  return __real_realloc(old, size);
}
}

using namespace bulwatt;
using namespace std::chrono_literals;

namespace {

/// Both ends and the hardware between them, bounded.
struct Rig final : power::Line {
  mcu::Device device{mcu::Config{}, mcu::Identity{.build = "heap test"}};
  mculink::Receiver<mculink::ToMcu> to_device{};
  mculink::Sender<mculink::FromMcu> from_device{};
  std::array<power::Line*, 1> lines{this};
  Instant now{1h};
  power::Outlets outlets{power::Config{}, lines, now};
  std::uint64_t now_us = 0;
  mcu::Outputs out{};
  std::int32_t vehicle_mv = iec61851::kLevelA;
  bool estop = false;
  std::uint32_t closed_ms = 0, faulted_ms = 0;

  void write(std::span<const std::byte> frame) override {
    to_device.feed(frame, [&](const mculink::ToMcu& message) { device.take(message); });
  }
  void tick() {
    const bool pwm = out.duty_permille != iec61851::kSteadyHigh && out.duty_permille != iec61851::kSteadyLow;
    const std::int32_t high = out.duty_permille == iec61851::kSteadyLow ? iec61851::kLevelF : vehicle_mv;
    const mcu::Sensors sensors{.cp_high_mv = high,
                               .cp_low_mv = pwm ? iec61851::kLevelF : high,
                               .pp_ohm = 220,
                               .feedback_closed = out.contactor,
                               .rcd_tripped = out.rcd_test,
                               .pe_ok = true,
                               .estop = estop,
                               .temperature_dc = 250,
                               .locked = out.lock};
    const auto cycle = device.cycle(sensors, now_us);
    out = cycle.outputs;
    for (const auto& message : cycle.messages) outlets[0].feed(from_device.encode(message), now);
    if (now_us % 100'000 == 0) outlets.tick(now);
    closed_ms += out.contactor ? 1U : 0U;
    faulted_ms += device.state().faults != 0 ? 1U : 0U;
    outlets.tell_changes(now, [](const power::StatusChanged&) {});
    now += 1ms;
    now_us += 1'000;
  }
  void run_ms(int ms, bool permit) {
    for (int i = 0; i < ms; ++i) {
      if (i % 100 == 0) (void)outlets.on(power::RenewPermit{1, 1, permit, 16'000}, now);
      tick();
    }
  }
};

}  // namespace

TEST_CASE("a whole charge, a fault, its reset, lock and lies allocate nothing") {
  Rig rig;
  const auto before = allocations;
  rig.run_ms(1'500, false);
  rig.vehicle_mv = iec61851::kLevelB;
  rig.run_ms(1'000, true);
  rig.vehicle_mv = iec61851::kLevelC;
  rig.run_ms(3'000, true);
  rig.estop = true;
  rig.run_ms(100, true);
  rig.estop = false;
  rig.vehicle_mv = iec61851::kLevelA;
  rig.run_ms(500, false);
  (void)rig.outlets.on(power::ResetFault{1, 1}, rig.now);
  (void)rig.outlets.on(power::SetLock{1, 1, true}, rig.now);
  (void)rig.outlets.on(power::SetLock{2, 1, true}, rig.now);
  rig.run_ms(1'000, false);
  const std::array<std::byte, 5> noise{std::byte{0}, std::byte{7}, std::byte{0}, std::byte{255}, std::byte{0}};
  rig.outlets[0].feed(noise, rig.now);
  rig.outlets[0].feed(rig.from_device.encode(mculink::Status{.duty_permille = 1001}), rig.now);
  (void)rig.outlets.on(power::RevokePermit{1, 1}, rig.now);
  rig.run_ms(1'000, false);
  const auto after = allocations;
  CHECK(after == before);
  CHECK(rig.closed_ms > 2'000);
  CHECK(rig.faulted_ms > 100);
  CHECK(rig.outlets.on(power::ReadStatus{1, 1}, rig.now)->faults == 1U << std::to_underlying(power::Fault::internal));
}

TEST_CASE("the count counts") {
  const auto before = allocations;
  void* volatile one = ::operator new(8);
  void* volatile two = std::malloc(8);  // NOLINT
  ::operator delete(one);
  std::free(two);  // NOLINT
  CHECK(allocations >= before + 2);
}
