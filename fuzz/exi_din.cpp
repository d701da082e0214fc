// Any bytes as a document of DIN SPEC 70121.
#include "fuzz/exi.hpp"
#include "protocols/din70121/codec.hpp"
#include "protocols/din70121/message.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return exi_document<bulwatt::din::Message>(bulwatt::din::grammar(), data, size);
}
