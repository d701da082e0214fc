// Any bytes as a document of ISO 15118-2.
#include "fuzz/exi.hpp"
#include "protocols/iso15118_2/codec.hpp"
#include "protocols/iso15118_2/message.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return exi_document<bulwatt::iso2::Message>(bulwatt::iso2::grammar(), data, size);
}
