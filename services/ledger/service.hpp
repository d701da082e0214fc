// Calls to append wait for one common flush at the end of the turn; the answer says that the record is on disk. Seals now and
// then, and has what it sealed signed by whoever fetches it.
#pragma once
#include "libs/ipc/endpoint.hpp"
#include "libs/merkle/signing.hpp"
#include "services/ledger/store.hpp"

namespace bulwatt::ledger {

class Service {
 public:
  /// How an answer leaves; main.cpp sends it over the conduit it belongs to.
  using Answer = std::expected<Append::Appended, Error>;

  explicit Service(Store& store) : store_(store), keys_(store.kept_keys()) {}

  /// Takes a record; the answer comes with the next commit(). False when the batch is full: commit first.
  bool append(std::string_view actor, const Append& request, const ipc::Ticket& ticket, const Stamp& stamp) {
    if (!store_.fits() || waiting_.full()) return false;
    urgent_ = urgent_ || request.severity == Severity::critical;
    const auto sequence = store_.add(actor, request, stamp);
    return waiting_.push_back({ticket, sequence});
  }
  /// Makes everything durable and answers everybody through reply(ticket, answer).
  template <class Reply>
  void commit(Reply&& reply) {
    if (waiting_.empty()) return;
    const auto done = store_.flush();
    for (const auto& one : waiting_) {
      reply(one.ticket,
            done ? Answer{Append::Appended{one.sequence, store_.low()}} : Answer{std::unexpected(done.error())});
    }
    waiting_.clear();
  }
  ReadHead::Head head() const { return store_.head(); }

  /// Something critical was recorded: it is not to wait for the next regular seal.
  bool urgent() const { return urgent_; }
  /// Seals what is new. What to pulse when there is something to sign. To be called between turns' commits.
  std::optional<CheckpointDue> seal();
  /// What was sealed last and is not signed yet; Error::not_ready when there is nothing.
  std::expected<FetchCheckpoint::ToSign, Error> fetch(const Stamp& stamp);
  /// Checks the signatures, writes the note, and records which keys made it when they are others than before.
  std::expected<SubmitCheckpoint::Done, Error> submit(const SubmitCheckpoint& request, const Stamp& stamp);

 private:
  struct Waiting {
    ipc::Ticket ticket{};
    std::uint64_t sequence{};
  };
  /// One signature line, checked; empty when there is no such signature.
  std::expected<std::string, Error> line_of(merkle::KeyType type, const SubmitCheckpoint::Signed& one,
                                            const merkle::Checkpoint& checkpoint, std::uint64_t seconds,
                                            std::string& keys) const;
  void record_keys(const std::string& keys, const Stamp& stamp);

  Store& store_;
  List<Waiting, Store::kMostPerBatch> waiting_{};
  bool urgent_ = false;
  std::optional<merkle::Checkpoint> handed_out_{};
  std::string keys_{};
};

}  // namespace bulwatt::ledger
