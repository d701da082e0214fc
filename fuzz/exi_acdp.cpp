// Any bytes as a document of ISO 15118-20, ACDP.
#include "fuzz/exi.hpp"
#include "protocols/iso15118_20/acdp_codec.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return exi_document<bulwatt::iso20::AcdpMessage>(bulwatt::iso20::acdp_grammar(), data, size);
}
