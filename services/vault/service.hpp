// The vault's logic: who may use which key for what. Pure but for the signing itself; single-threaded.
#pragma once
#include "libs/ipc/endpoint.hpp"
#include "libs/ipc/tickets.hpp"
#include "services/vault/store.hpp"

namespace bulwatt::vault {

inline constexpr std::size_t kSlowPlaces = 4;  ///< signatures in flight by ticket

/// Told of every use of a key, granted or not; the shell appends it to the ledger.
struct UseRecorder {
  virtual void key_used(std::string_view key, std::string_view user, bool granted) = 0;

 protected:
  ~UseRecorder() = default;
};

class Service {
 public:
  Service(Store store, UseRecorder& recorder) : store_(std::move(store)), recorder_(recorder) {}

  std::expected<KeyInfo, Error> get_key(std::string_view user, const GetKey& request);
  std::expected<GetChain::Chain, Error> get_chain(std::string_view user, const GetChain& request);
  std::expected<GetChain::Chain, Error> get_trust(const GetTrust& request);
  std::expected<Signature, Error> sign(std::string_view user, const Sign& request);

  /// Takes a job and a ticket; the job is done by work().
  std::expected<SubmitSign::Ticket, Error> submit(std::string_view user, std::uint8_t conduit, const SubmitSign& request, Instant now);
  std::expected<FetchSign::Fetched, Error> fetch(std::uint8_t conduit, const FetchSign& request);
  /// Does one waiting job; returns the ticket and the conduit to pulse, nothing when none waits.
  std::optional<std::pair<std::uint8_t, std::uint32_t>> work(Instant now);
  bool has_work() const { return waiting_.size != 0; }
  void forget(std::uint8_t conduit) { tickets_.forget(conduit); }

 private:
  struct Job {
    std::uint32_t ticket{};
    Text<16> user{};
    Sign request{};
  };
  std::expected<const StoredKey*, Error> find(std::string_view user, const KeyName& name) const;

  Store store_;
  UseRecorder& recorder_;
  ipc::TicketTable<std::expected<Signature, Error>, kSlowPlaces> tickets_{};
  List<Job, kSlowPlaces> waiting_{};
};

}  // namespace bulwatt::vault
