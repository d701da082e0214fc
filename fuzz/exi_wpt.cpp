// Any bytes as a document of ISO 15118-20, WPT.
#include "fuzz/exi.hpp"
#include "protocols/iso15118_20/wpt_codec.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return exi_document<bulwatt::iso20::WptMessage>(bulwatt::iso20::wpt_grammar(), data, size);
}
