// Any bytes as a document of ISO 15118-20, common messages.
#include "fuzz/exi.hpp"
#include "protocols/iso15118_20/common_codec.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return exi_document<bulwatt::iso20::CommonMessage>(bulwatt::iso20::common_grammar(), data, size);
}
