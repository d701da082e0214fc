// Any bytes as a document of SupportedAppProtocol.
#include "fuzz/exi.hpp"
#include "protocols/app_protocol/app_protocol.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return exi_document<bulwatt::app_protocol::Message>(bulwatt::app_protocol::grammar(), data, size);
}
