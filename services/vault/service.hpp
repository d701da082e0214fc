// The vault's logic: who may use which key for what, how often, and what of it is recorded. Pure but for the signing itself;
// single-threaded.
#pragma once
#include "libs/ipc/endpoint.hpp"
#include "libs/ipc/tickets.hpp"
#include "services/vault/request.hpp"
#include "services/vault/store.hpp"

namespace bulwatt::vault {

inline constexpr std::size_t kSlowPlaces = 4;  ///< signatures in flight by ticket

/// Told of every use of a key, granted or not; the shell appends it to the ledger.
struct UseRecorder : UseTeller {
 protected:
  ~UseRecorder() = default;
};

class Service {
 public:
  Service(Store store, UseRecorder& recorder) : store_(std::move(store)), uses_(recorder) {}

  std::expected<KeyInfo, Error> get_key(std::string_view user, const GetKey& request);
  std::expected<GetChain::Chain, Error> get_chain(std::string_view user, const GetChain& request);
  /// For keys that answer at once; Error::slow_key for the others.
  std::expected<Signature, Error> sign(std::string_view user, const Sign& request, Instant now);

  /// Judges at once; what is granted gets a ticket and is signed by work().
  std::expected<SubmitSign::Ticket, Error> submit(std::string_view user, std::uint8_t conduit,
                                                  const SubmitSign& request, Instant now);
  std::expected<FetchSign::Fetched, Error> fetch(std::uint8_t conduit, const FetchSign& request);
  /// A certificate request for the user's key: made here, so that no purpose but this one is served by it.
  std::expected<SubmitSign::Ticket, Error> submit_request(std::string_view user, std::uint8_t conduit,
                                                          const SubmitRequest& request, Instant now);
  std::expected<FetchRequest::Fetched, Error> fetch_request(std::uint8_t conduit, const FetchRequest& request);

  /// Moves the jobs on without waiting. Returns a ticket that is done and the conduit to pulse.
  std::optional<std::pair<std::uint8_t, std::uint32_t>> work(Instant now);
  bool has_work() const { return current_.has_value() || !waiting_.empty(); }
  /// Becomes readable when work() can go on; -1: call it in the next turn.
  int wait_descriptor() const { return current_ ? current_->ref.backend->wait_descriptor() : -1; }
  void forget(std::uint8_t conduit) { tickets_.forget(conduit); }

  /// To be called now and then: records uses that were only counted. `close` before the end.
  void settle(Instant now) { uses_.settle(now); }
  void close() { uses_.close(); }
  const Store& store() const { return store_; }
  Store& store() { return store_; }

 private:
  using Result = Octets<kMaxRequest>;
  struct Job {
    std::uint32_t ticket{};
    Use use{};
    KeyRef ref{};
    Digest digest{};
    Padding padding{};
    std::vector<std::byte> content{};
    std::optional<Request> request{};  ///< to be completed with the signature
  };
  std::expected<StoredKey*, Error> find(std::string_view user, const KeyName& name);
  std::expected<StoredKey*, Error> judge(std::string_view user, const Sign& request, Instant now);
  std::expected<StoredKey*, Error> judge_request(std::string_view user, const SubmitRequest& request, Instant now);
  std::expected<StoredKey*, Error> admit(std::string_view user, const KeyName& name, Instant now);
  void note(const KeyName& key, std::string_view user, Outcome outcome, Instant now) {
    uses_.note({key, user, outcome}, now);
  }
  std::expected<SubmitSign::Ticket, Error> enqueue(std::uint8_t conduit, Job job, Instant now);
  std::expected<Result, Error> complete(Job& job, keys::Signed signature, Instant now);
  std::optional<std::pair<std::uint8_t, std::uint32_t>> finish(keys::Signed signature, Instant now);
  /// Nothing: not done yet.
  std::expected<std::optional<Result>, Error> take(std::uint8_t conduit, std::uint32_t ticket);

  Store store_;
  UseLog uses_;
  ipc::TicketTable<std::expected<Result, Error>, kSlowPlaces> tickets_{};
  std::vector<Job> waiting_{};  // at most kSlowPlaces
  std::optional<Job> current_{};
};

}  // namespace bulwatt::vault
