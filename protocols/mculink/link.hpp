// One end of the serial link: messages to bytes and bytes to messages. No allocation, no I/O; errors are counted by
// kind.
//
//   Sender<ToMcu> sender;            write_all(fd, sender.encode(Lease{…}));
//   Receiver<FromMcu> receiver;      receiver.feed(bytes, [&](const FromMcu& message) { … });
#pragma once
#include "libs/wire/wire.hpp"
#include "protocols/mculink/frame.hpp"
#include "protocols/mculink/messages.hpp"

namespace bulwatt::mculink {

/// What a frame carries: Message is ToMcu or FromMcu.
template <class Message>
struct Packet {
  std::uint16_t sequence = 0;
  Message message{};
  static constexpr auto fields() {
    return list(field<&Packet::sequence>("sequence"), field<&Packet::message>("message"));
  }
  friend bool operator==(const Packet&, const Packet&) = default;
};
static_assert(wire::max_size<Packet<ToMcu>>() <= kMostContent);
static_assert(wire::max_size<Packet<FromMcu>>() <= kMostContent);

template <class Message>
std::size_t encode(const Packet<Message>& packet, std::span<std::byte, kMostFrame> out) {
  wire::Buffer<Packet<Message>> content{};
  return put_frame(std::span{content}.first(wire::encode(packet, content)), out);
}

template <class Message>
class Sender {
 public:
  /// The frame's bytes; valid until the next call.
  std::span<const std::byte> encode(const Message& message) {
    return std::span{frame_}.first(mculink::encode(Packet<Message>{sequence_++, message}, frame_));
  }

 private:
  std::uint16_t sequence_ = 0;
  std::array<std::byte, kMostFrame> frame_{};
};

/// What a receiver has seen since it was made. Counters wrap.
struct LinkCounters {
  std::uint32_t packets = 0;
  std::uint32_t lost = 0;  ///< gaps in the sequence; a peer that starts again at 0 leaves none
  std::array<std::uint32_t, kLinkErrorCount> errors{};
  std::uint32_t of(LinkError error) const { return errors[std::to_underlying(error)]; }
  friend bool operator==(const LinkCounters&, const LinkCounters&) = default;
};

template <class Message>
class Receiver {
 public:
  /// Takes any bytes in any portions; calls sink(const Message&) for each good message, in order.
  template <class Sink>
  void feed(std::span<const std::byte> bytes, Sink&& sink) {
    for (const std::byte byte : bytes) {
      const auto step = deframer_.take(byte);
      if (step == Deframer::Step::too_long) count(LinkError::too_long);
      if (step != Deframer::Step::body) continue;
      const auto packet = open(deframer_.body());
      if (!packet) {
        count(packet.error());
        continue;
      }
      follow(packet->sequence);
      sink(packet->message);
    }
  }
  const LinkCounters& counters() const { return counters_; }

 private:
  static std::expected<Packet<Message>, LinkError> open(std::span<std::byte> body) {
    const auto content = open_body(body);
    if (!content) return std::unexpected(content.error());
    const auto packet = wire::decode<Packet<Message>>(*content);
    if (!packet) return std::unexpected(LinkError::bad_message);
    return *packet;
  }
  void count(LinkError error) { ++counters_.errors[std::to_underlying(error)]; }
  void follow(std::uint16_t sequence) {
    ++counters_.packets;
    if (joined_ && sequence != 0) counters_.lost += static_cast<std::uint16_t>(sequence - expected_);
    expected_ = static_cast<std::uint16_t>(sequence + 1);
    joined_ = true;
  }

  Deframer deframer_;
  LinkCounters counters_;
  std::uint16_t expected_ = 0;
  bool joined_ = false;  ///< the first packet says where the peer is
};

}  // namespace bulwatt::mculink
