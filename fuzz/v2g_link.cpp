// One link whole, as everybody on its wire may use it: SDP datagrams, connections that come, speak, fall silent and go, while session's
// word about the outlet changes. What may never happen: a demand for energy without the outlet's authorization, two cars with a seat,
// more answers to SDP than the limit, an offer of TLS that was not made.
#include "libs/base/check.hpp"
#include "services/v2g/link.hpp"

using namespace bulwatt;
using namespace bulwatt::v2g;

namespace {

void some(std::span<std::byte> out) { std::ranges::fill(out, std::byte{0x5a}); }

struct Silence final : Notes {
  void note(std::string_view) override {}
};
/// Believes any chain and any signature that is there: what comes after is to be reached.
struct Credulous final : secc::Contracts {
  bool any() const override { return true; }
  std::expected<secc::Contract, secc::ContractFault> read(const iso2::PaymentDetailsReq& details, Timestamp) override {
    if (details.emaid.empty()) return std::unexpected(secc::ContractFault::malformed);
    return secc::Contract{.emaid = details.emaid};
  }
  bool verify(const xmldsig::Signature&, std::string_view, std::span<const std::byte>, const Octets<65>&) override {
    return true;
  }
};

constexpr std::uint16_t kPlainPort = 61'341;

/// Takes what the input says, byte by byte; zeros when it is at its end.
struct Input {
  std::span<const std::byte> rest;
  unsigned byte() {
    if (rest.empty()) return 0;
    const auto value = std::to_integer<unsigned>(rest[0]);
    rest = rest.subspan(1);
    return value;
  }
  std::span<const std::byte> bytes() {
    const auto size = std::min<std::size_t>(byte(), rest.size());
    const auto out = rest.first(size);
    rest = rest.subspan(size);
    return out;
  }
};

struct World {
  LinkConfig place{.interface = "car0"};
  Config config{};
  Silence silence;
  Credulous contracts;
  Link link{place, config, some, silence, &contracts};
  session::VehicleOutlet outlet{.pilot = power::Pilot::b2, .digital = true, .limit_ma = 16'000, .phases = 3};
  Instant now = Instant{} + std::chrono::hours{1};
  std::uint32_t answers = 0;
  bool answers_session = true;

  static Address host(unsigned number) {
    Address out{std::byte{0xfe}, std::byte{0x80}};
    out[15] = static_cast<std::byte>(number);
    return out;
  }
  void show() { link.set_outlet(answers_session ? std::optional{outlet} : std::nullopt, {1'800'000'000'000}, now); }
  void change(Input& in) {
    const auto what = in.byte();
    outlet.pilot = static_cast<power::Pilot>(what % enum_names(power::Pilot{}).size());
    outlet.digital = (what & 0x10) == 0;
    outlet.authorization = static_cast<session::VehicleAuthorization>(in.byte() % 3);
    outlet.contactor_closed = (what & 0x20) != 0;
    outlet.stop = (what & 0x40) != 0;
    outlet.fault = (what & 0x80) != 0;
    outlet.register_mwh = std::int64_t{in.byte()} * 1'000'000;
    answers_session = in.byte() % 8 != 7;
    show();
  }
  void ask(Input& in) {
    const sdp::Source source{host(in.byte()), static_cast<std::uint16_t>(in.byte() + 1)};
    const auto answer = link.datagram(in.bytes(), source, now);
    if (!answer) return;
    const auto told = sdp::parse_response(answer->datagram);
    BULWATT_ASSERT(told && told->port == kPlainPort && told->security == sdp::Security::none);
    ++answers;
  }
  void check(Instant begun) const {
    const auto report = link.report();
    if (report.supply == session::VehicleSupply::close) {
      BULWATT_ASSERT(report.connected && answers_session && !outlet.fault);
      BULWATT_ASSERT(outlet.authorization == session::VehicleAuthorization::granted);
    }
    if (report.contract) BULWATT_ASSERT(report.connected);
    const auto most = static_cast<std::uint64_t>((now - begun) / sdp::kAnswerInterval) + sdp::kBurst;
    BULWATT_ASSERT(answers <= most);
  }
};

/// One SDP request or one EXI payload in its frame, so that the input need not find headers; or bytes as they are.
void speak(World& world, std::size_t slot, Input& in) {
  const bool framed = in.byte() % 8 != 0;
  const auto payload = in.bytes();
  if (framed) {
    std::array<std::byte, v2gtp::kHeaderSize> header{};
    v2gtp::put_header({v2gtp::PayloadType::exi, static_cast<std::uint32_t>(payload.size())}, header);
    world.link.take(slot, header, world.now);
  }
  world.link.take(slot, payload, world.now);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input in{std::as_bytes(std::span{data, size})};
  static World* world = nullptr;  // its connections are large; one after the other is as good
  delete world;
  world = new World;
  const auto begun = world->now;
  world->link.set_offer({.address = World::host(1), .plain_port = kPlainPort});
  world->show();
  while (!in.rest.empty()) {
    const auto what = in.byte();
    const std::size_t slot = what / 8 % kSlots;
    switch (what % 8) {
      case 0: world->change(in); break;
      case 1: world->ask(in); break;
      case 2: {
        const auto channel = static_cast<iso15118::Channel>(in.byte() % 3);
        static_cast<void>(world->link.arrive(World::host(in.byte()), channel, world->now));
        break;
      }
      case 3: world->link.gone(slot, world->now); break;
      case 4:
        world->now += std::chrono::milliseconds{in.byte() * 100};
        world->link.poll(world->now);
        break;
      case 5:
        if (world->link.open(slot)) world->link.sent(slot, world->link.output(slot).size());
        break;
      default: speak(*world, slot, in); break;
    }
    world->check(begun);
  }
  return 0;
}
