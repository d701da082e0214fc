// Any bytes as what somebody asks the vault to sign: nothing crashes, and no content is two purposes at once, or a key that serves
// one purpose could be used for another.
#include "libs/wire/wire.hpp"
#include "services/vault/content.hpp"
#include "services/vault/keys/sealed.hpp"

using namespace bulwatt;
using namespace bulwatt::vault;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span{data, size});
  const bool taken[] = {is_certificate_verify(bytes, true),
                        is_certificate_verify(bytes, false),
                        is_server_key_exchange(bytes),
                        is_tls12_transcript(bytes),
                        is_request_info(bytes, {}),
                        is_checkpoint(bytes),
                        is_meter_record(bytes)};
  int purposes = 0;
  for (const bool one : taken) purposes += one ? 1 : 0;
  if (purposes > 1) __builtin_trap();
  (void)wire::decode<Sign>(bytes);
  (void)wire::decode<SubmitRequest>(bytes);
  if (keys::unseal(keys::Secret{}, {"link", Purpose::tls_client, Algorithm::ecdsa_p256}, bytes)) __builtin_trap();
  return 0;
}
