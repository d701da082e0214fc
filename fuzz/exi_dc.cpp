// Any bytes as a document of ISO 15118-20, DC.
#include "fuzz/exi.hpp"
#include "protocols/iso15118_20/dc_codec.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return exi_document<bulwatt::iso20::DcMessage>(bulwatt::iso20::dc_grammar(), data, size);
}
