// Link check: the whole controller, line protocol included, without any library. The four memory functions are what a
// compiler may always call, strlen what some do for a name that others fold; abort is a controller's reset.
#include "mcu/logic/device.hpp"
#include "protocols/mculink/link.hpp"

extern "C" {
void abort() noexcept {
  for (;;) __builtin_trap();
}
void* memcpy(void* __restrict to, const void* __restrict from, std::size_t n) {
  auto* out = static_cast<volatile unsigned char*>(to);
  const auto* in = static_cast<const unsigned char*>(from);
  for (std::size_t i = 0; i < n; ++i) out[i] = in[i];
  return to;
}
void* memmove(void* to, const void* from, std::size_t n) {
  auto* out = static_cast<volatile unsigned char*>(to);
  const auto* in = static_cast<const unsigned char*>(from);
  if (out < in) {
    for (std::size_t i = 0; i < n; ++i) out[i] = in[i];
  } else {
    for (std::size_t i = n; i > 0; --i) out[i - 1] = in[i - 1];
  }
  return to;
}
void* memset(void* to, int value, std::size_t n) {
  auto* out = static_cast<volatile unsigned char*>(to);
  for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<unsigned char>(value);
  return to;
}
int memcmp(const void* a, const void* b, std::size_t n) {
  const auto* left = static_cast<const volatile unsigned char*>(a);
  const auto* right = static_cast<const volatile unsigned char*>(b);
  for (std::size_t i = 0; i < n; ++i) {
    if (left[i] != right[i]) return left[i] < right[i] ? -1 : 1;
  }
  return 0;
}
std::size_t strlen(const char* text) {
  std::size_t n = 0;
  for (const volatile char* at = text; *at != 0; ++at) ++n;
  return n;
}

/// What a port supplies: one interrupt each millisecond, the measurements and the line.
volatile std::uint64_t firmware_now_us = 0;
volatile std::byte firmware_line{};
volatile bool firmware_contactor = false;

[[noreturn]] void firmware_main() {
  using namespace bulwatt;
  mcu::Device device{mcu::Config{}, mcu::Identity{.build = "link check"}};
  mculink::Receiver<mculink::ToMcu> receiver;
  mculink::Sender<mculink::FromMcu> sender;
  for (;;) {
    const std::byte byte = firmware_line;
    receiver.feed(std::span{&byte, 1}, [&](const mculink::ToMcu& message) { device.take(message); });
    const auto cycle = device.cycle(mcu::Sensors{}, firmware_now_us);
    firmware_contactor = cycle.outputs.contactor;
    for (const auto& message : cycle.messages) {
      for (const std::byte out : sender.encode(message)) firmware_line = out;
    }
  }
}
}
