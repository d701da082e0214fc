// A Signer that asks the vault through a service's conduit. `Client`: an ipc::Client of a grant to the vault's signing calls.
#pragma once
#include "libs/ipc/endpoint.hpp"
#include "libs/remote_key/remote_key.hpp"

namespace bulwatt::remote_key {

template <class Client>
class VaultSigner final : public Signer {
 public:
  explicit VaultSigner(Client& vault) : vault_(vault) {}

  std::expected<vault::Signature, vault::Error> sign(const vault::Sign& request) override {
    auto signature = vault_.call(request);
    if (signature) return *signature;
    return std::unexpected(error_of(signature.error()));
  }
  std::expected<std::uint32_t, vault::Error> submit(const vault::Sign& request) override {
    const auto ticket = vault_.call(vault::SubmitSign{request.key, request.digest, request.bytes, request.padding});
    if (ticket) return ticket->ticket;
    return std::unexpected(error_of(ticket.error()));
  }
  std::expected<std::optional<vault::Signature>, vault::Error> fetch(std::uint32_t ticket) override {
    auto fetched = vault_.call(vault::FetchSign{ticket});
    if (fetched) return std::move(fetched->signature);
    return std::unexpected(error_of(fetched.error()));
  }

 private:
  static vault::Error error_of(const ipc::CallError<vault::Error>& error) {
    return error.failure == ipc::Failure::none ? error.error : vault::Error::key_unavailable;
  }
  Client& vault_;
};

}  // namespace bulwatt::remote_key
