// Calls to append wait for one common flush at the end of the turn; the answer says that the record is on disk.
#pragma once
#include "libs/ipc/endpoint.hpp"
#include "services/ledger/store.hpp"

namespace bulwatt::ledger {

class Service {
 public:
  /// How an answer leaves; main.cpp sends it over the conduit it belongs to.
  using Answer = std::expected<Append::Appended, Error>;

  explicit Service(Store& store) : store_(store) {}

  /// Takes a record; the answer comes with the next commit(). False when the batch is full: commit first.
  bool append(std::string_view actor, const Append& request, const ipc::Ticket& ticket, const Stamp& stamp) {
    if (!store_.fits() || waiting_.full()) return false;
    const auto sequence = store_.add(actor, request, stamp);
    return waiting_.push_back({ticket, sequence});
  }
  /// Makes everything durable and answers everybody through reply(ticket, answer).
  template <class Reply>
  void commit(Reply&& reply) {
    if (waiting_.empty()) return;
    const auto done = store_.flush();
    for (const auto& one : waiting_) {
      reply(one.ticket, done ? Answer{Append::Appended{one.sequence}} : Answer{std::unexpected(done.error())});
    }
    waiting_.clear();
  }
  ReadHead::Head head() const { return store_.head(); }

 private:
  struct Waiting {
    ipc::Ticket ticket{};
    std::uint64_t sequence{};
  };
  Store& store_;
  List<Waiting, Store::kBatch> waiting_{};
};

}  // namespace bulwatt::ledger
