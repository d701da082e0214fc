// Any bytes as an OCMF record: what is taken apart can be written again and means the same.
#include "libs/base/check.hpp"
#include "libs/ocmf/pair.hpp"
#include "libs/ocmf/record.hpp"

using namespace bulwatt;

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  static ocmf::Payload payload;
  static ocmf::Payload again;
  const auto record = ocmf::read_record(text);
  if (record) {
    if (const auto algorithm = enum_from_text<ocmf::Algorithm>(record->algorithm.view())) {
      const auto written = ocmf::write_record(record->payload, *algorithm, record->signature.view());
      const auto back = ocmf::read_record(written);
      BULWATT_ASSERT(!back || (back->payload == record->payload && back->signature == record->signature));
    }
  }
  if (!ocmf::read_payload(payload, record ? record->payload : text)) return 0;
  std::array<char, ocmf::kMaxPayload> room;
  const auto written = ocmf::write_payload(payload, room);
  if (written) {
    BULWATT_ASSERT(written->find('|') == std::string_view::npos);
    BULWATT_ASSERT(ocmf::read_payload(again, *written).has_value());
    std::array<char, ocmf::kMaxPayload> other;
    BULWATT_ASSERT(ocmf::write_payload(again, other) == *written);
    static_cast<void>(ocmf::measure(payload, again));
  }
  return 0;
}
