// Any bytes as every message of every interface, the ones of the supervisor too: the first byte chooses which. What decodes is
// exactly what its sender would have written.
#include "interfaces/control.hpp"
#include "interfaces/registry.hpp"
#include "libs/base/check.hpp"

using namespace bulwatt;

namespace {

class Messages {
 public:
  Messages(unsigned wanted, std::span<const std::byte> bytes) : left_(wanted), bytes_(bytes) {}

  template <class I>
  void operator()() {
    I::for_each([this]<class M>(M) {
      this->one<typename M::Request>();
      if constexpr (M::kIsCall) this->one<typename M::Reply>();
    });
    one<ipc::Header>();
  }
  template <class T>
  void one() {
    ++count;
    if (left_-- != 0) return;
    const auto value = wire::decode<T>(bytes_);
    if (!value) return;
    wire::Buffer<T> encoded{};
    const auto size = wire::encode(*value, encoded);
    BULWATT_ASSERT(std::ranges::equal(std::span{encoded}.first(size), bytes_));
  }
  unsigned count = 0;

 private:
  unsigned left_;
  std::span<const std::byte> bytes_;
};

unsigned decode(unsigned wanted, std::span<const std::byte> bytes) {
  Messages messages{wanted, bytes};
  interfaces::for_each(messages);
  messages.one<control::Order>();
  messages.one<control::Report>();
  return messages.count;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const unsigned kCount = decode(~0U, {});
  if (size == 0) return 0;
  decode(data[0] % kCount, std::as_bytes(std::span{data, size}).subspan(1));
  return 0;
}
