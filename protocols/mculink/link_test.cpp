#include "protocols/mculink/link.hpp"

#include <doctest/doctest.h>

#include <random>
#include <vector>

using namespace bulwatt;
using namespace bulwatt::mculink;

namespace {
using Bytes = std::vector<std::byte>;
void append(Bytes& to, std::span<const std::byte> from) { to.insert(to.end(), from.begin(), from.end()); }

const std::vector<ToMcu> kToMcu{Hello{.version = 1, .build = "power 0.1.0"},
                                Lease{true, false, 16'000, 500, 1, LockWish::lock},
                                Lease{false, true, 0, 0, 0xffff'ffff}, ResetFault{bit(Fault::weld)}, SelfTest{}};
const std::vector<FromMcu> kFromMcu{
    HelloAck{.version = 1, .build = "0123456789012345678901234567890123456789", .features = 7, .hardware_ma = 32'000},
    Status{.pilot = Pilot::c2,
           .cp_high_mv = 6'000,
           .cp_low_mv = -12'000,
           .duty_permille = 533,
           .contactor_commanded = true,
           .contactor_feedback = true,
           .self_test_passed = true,
           .lease_remaining_ms = 499,
           .faults = kAllFaults,
           .pp_ampacity_ma = 32'000,
           .temperature_dc = -400,
           .uptime_ms = 1ULL << 60,
           .locked = true,
           .lock_fault = true,
           .tamper = true,
           .source_mv = 920'000,
           .outlet_mv = -5},
    Event{EventKind::lease_lost, 123'456'789, Pilot::c1, 0}};

template <class Message>
std::vector<Message> received(Receiver<Message>& receiver, std::span<const std::byte> data) {
  std::vector<Message> out;
  receiver.feed(data, [&](const Message& message) { out.push_back(message); });
  return out;
}
template <class Message>
Bytes sent(const std::vector<Message>& messages) {
  Sender<Message> sender;
  Bytes out;
  for (const auto& message : messages) append(out, sender.encode(message));
  return out;
}
}  // namespace

TEST_CASE("every message of both directions arrives as it was sent, whole or byte by byte") {
  const auto check = [](const auto& messages) {
    using Message = typename std::decay_t<decltype(messages)>::value_type;
    const auto stream = sent(messages);
    Receiver<Message> whole, bytewise;
    CHECK(received(whole, stream) == messages);
    std::vector<Message> got;
    for (const auto& byte : stream) {
      bytewise.feed(std::span{&byte, 1}, [&](const Message& message) { got.push_back(message); });
    }
    CHECK(got == messages);
    CHECK(whole.counters() == bytewise.counters());
    CHECK(whole.counters().packets == messages.size());
    CHECK(whole.counters().lost == 0);
    for (const auto errors : whole.counters().errors) CHECK(errors == 0);
  };
  check(kToMcu);
  check(kFromMcu);
}

TEST_CASE("garbage of any kind before a frame costs no good frame") {
  std::mt19937 random{3};
  for (int round = 0; round < 2'000; ++round) {
    Bytes stream(random() % 300);
    for (auto& b : stream) b = static_cast<std::byte>(random());
    append(stream, sent(kToMcu));
    Receiver<ToMcu> receiver;
    REQUIRE(received(receiver, stream) == kToMcu);
  }
}

TEST_CASE("a frame cut short loses itself only") {
  const auto one = sent(std::vector<ToMcu>{kToMcu[1]});
  for (std::size_t cut = 2; cut + 1 < one.size(); ++cut) {
    Bytes stream(one.begin(), one.begin() + static_cast<std::ptrdiff_t>(cut));
    append(stream, sent(kToMcu));
    Receiver<ToMcu> receiver;
    CHECK(received(receiver, stream) == kToMcu);
    CHECK(receiver.counters().of(LinkError::bad_stuffing) + receiver.counters().of(LinkError::bad_checksum) +
              receiver.counters().of(LinkError::too_short) ==
          1);
  }
}

TEST_CASE("each kind of error is counted by its name") {
  Receiver<ToMcu> receiver;
  const auto feed = [&](Bytes data) { CHECK(received(receiver, data).empty()); };
  feed(Bytes(kMostBody + 1, std::byte{1}));
  feed(Bytes{std::byte{0}});
  CHECK(receiver.counters().of(LinkError::too_long) == 1);
  feed({std::byte{2}, std::byte{7}, std::byte{0}});
  CHECK(receiver.counters().of(LinkError::too_short) == 1);
  feed({std::byte{5}, std::byte{7}, std::byte{0}});
  CHECK(receiver.counters().of(LinkError::bad_stuffing) == 1);
  Bytes damaged = sent(std::vector<ToMcu>{kToMcu[0]});
  damaged[10] ^= std::byte{1};  // A letter of the build text.
  feed(damaged);
  CHECK(receiver.counters().of(LinkError::bad_checksum) == 1);
  feed(sent(std::vector<FromMcu>{kFromMcu[1]}));  // Its own messages, echoed by a bridged line.
  CHECK(receiver.counters().of(LinkError::bad_message) == 1);
  CHECK(receiver.counters().packets == 0);
}

TEST_CASE("a lease outside its limits is refused as a whole") {
  for (const auto& lease : {Lease{true, false, 80'001, 500, 1}, Lease{true, false, 16'000, 501, 1}}) {
    Receiver<ToMcu> receiver;
    CHECK(received(receiver, sent(std::vector<ToMcu>{lease})).empty());
    CHECK(receiver.counters().of(LinkError::bad_message) == 1);
  }
}

TEST_CASE("gaps of the sequence are counted, a peer that starts again is not a gap") {
  Receiver<ToMcu> receiver;
  const auto feed = [&](std::uint16_t sequence) {
    std::array<std::byte, kMostFrame> out{};
    const std::size_t size = encode(Packet<ToMcu>{sequence, SelfTest{}}, out);
    CHECK(received(receiver, std::span{out}.first(size)).size() == 1);
  };
  feed(5'000);  // Joined in the middle.
  feed(5'001);
  CHECK(receiver.counters().lost == 0);
  feed(5'005);
  CHECK(receiver.counters().lost == 3);
  feed(0);
  feed(1);
  CHECK(receiver.counters().lost == 3);
  feed(65'535);
  feed(0);
  CHECK(receiver.counters().lost == 3 + 65'533);
}
