// Serial link to the safety controller: any bytes to both receivers; what is accepted encodes to an equal message.
#include "protocols/mculink/link.hpp"

#include "libs/base/check.hpp"

using namespace bulwatt::mculink;

namespace {
template <class Message>
void receive(std::span<const std::byte> stream) {
  Receiver<Message> receiver;
  Sender<Message> sender;
  receiver.feed(stream, [&](const Message& message) {
    Receiver<Message> again;
    bool same = false;
    again.feed(sender.encode(message), [&](const Message& copy) { same = copy == message; });
    BULWATT_ASSERT(same);
  });
}
// The checksum keeps random content from the message decoder: frame the input itself, too.
template <class Message>
void receive_as_content(std::span<const std::byte> content) {
  if (content.empty() || content.size() > kMostContent) return;
  std::array<std::byte, kMostFrame> frame{};
  const std::size_t size = put_frame(content, frame);
  receive<Message>(std::span{frame}.first(size));
  const auto packet = bulwatt::wire::decode<Packet<Message>>(content);
  if (!packet) return;
  std::array<std::byte, kMostFrame> encoded{};
  BULWATT_ASSERT(encode(*packet, encoded) == size && encoded == frame);
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span{data, size});
  receive<ToMcu>(bytes);
  receive<FromMcu>(bytes);
  receive_as_content<ToMcu>(bytes);
  receive_as_content<FromMcu>(bytes);
  return 0;
}
