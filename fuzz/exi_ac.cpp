// Any bytes as a document of ISO 15118-20, AC.
#include "fuzz/exi.hpp"
#include "protocols/iso15118_20/ac_codec.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return exi_document<bulwatt::iso20::AcMessage>(bulwatt::iso20::ac_grammar(), data, size);
}
