// bulwatt-vault: the process that holds every private key. Wiring only; see service.hpp and store.hpp.
#include <cstring>

#include "grants/vault.hpp"
#include "libs/base/line.hpp"
#include "libs/runtime/process.hpp"
#include "services/vault/provision.hpp"
#include "services/vault/service.hpp"

using namespace bulwatt;
namespace grant = bulwatt::grants::vault;

namespace {

constexpr const char* kFolder = "/state";
constexpr Duration kSettle = std::chrono::seconds{5};
constexpr Duration kPatience = std::chrono::seconds{1};  // then a device that says nothing is looked at anyway

/// What the ledger is told of the uses of keys; uses.hpp says what is told at once and what is counted first.
struct LedgerRecorder final : vault::UseRecorder {
  explicit LedgerRecorder(ipc::Client<grant::ledger> client) : ledger(client) {}
  ipc::Client<grant::ledger> ledger;
  void key_used(const vault::Use& use, std::uint32_t count) override {
    const bool granted = use.outcome == vault::Outcome::granted;
    const Line<ledger::kMaxDetail> detail{"key=", use.key.view(), " user=", use.user.view(), " outcome=", enum_text(use.outcome), " count=", count};
    const auto done = ledger.call(ledger::Append{ledger::Subject::key_use, granted ? ledger::Severity::info : ledger::Severity::warning,
                                                 granted ? "KeyUsed" : "KeyUseRefused", detail.view()});
    if (!done) runtime::log("a use of a key could not be recorded in the ledger");
  }
};

struct Shell {
  vault::Service* service = nullptr;
  std::optional<ipc::Server<grant::ocpp>> ocpp{};
  runtime::Loop& loop;
  int watched = -1;
  runtime::TimerId next = runtime::kNoTimer;

  auto on(const vault::GetKey& r) { return service->get_key("ocpp", r); }
  auto on(const vault::GetChain& r) { return service->get_chain("ocpp", r); }
  auto on(const vault::GetTrust& r) { return service->get_trust(r); }
  auto on(const vault::Sign& r) { return service->sign("ocpp", r, os::now()); }
  auto on(const vault::SubmitSign& r) { return started(service->submit("ocpp", grant::ocpp::kFacts.index, r, os::now())); }
  auto on(const vault::FetchSign& r) { return service->fetch(grant::ocpp::kFacts.index, r); }
  auto on(const vault::SubmitRequest& r) { return started(service->submit_request("ocpp", grant::ocpp::kFacts.index, r, os::now())); }
  auto on(const vault::FetchRequest& r) { return service->fetch_request(grant::ocpp::kFacts.index, r); }

  template <class Ticket>
  Ticket started(Ticket ticket) {
    if (ticket) loop.at(next, os::now(), runtime::Action::to<&Shell::work>(*this));
    return ticket;
  }
  /// Goes on until a device has to be waited for.
  void work() {
    while (service->has_work()) {
      if (const auto done = service->work(os::now())) {
        ocpp->pulse(vault::SignDone{done->second});
        continue;
      }
      if (service->wait_descriptor() >= 0) return wait_for(service->wait_descriptor());
    }
  }
  void wait_for(int descriptor) {
    if (watched != descriptor && loop.watch(descriptor, true, false, runtime::Watcher::to<&Shell::device>(*this))) watched = descriptor;
    loop.at(next, os::now() + kPatience, runtime::Action::to<&Shell::work>(*this));
  }
  void device(runtime::Readiness) { work(); }
  void tick() { service->settle(os::now()); }
  void stop() { service->close(); }
  void peer(bool alive) {
    if (!alive) service->forget(grant::ocpp::kFacts.index);
  }
};

struct Nothing {};

}  // namespace

int main(int count, char** arguments) {
  if (count > 1 && std::strcmp(arguments[1], "--provision") == 0) return vault::provision_command(count - 2, arguments + 2);
  runtime::Loop loop{grant::kService};
  const auto found = runtime::begin(loop, grant::kProcess);
  if (!found) return runtime::kExitNoStart;
  const auto config = runtime::take_config<vault::Config>(loop);
  if (!config) return runtime::kExitBadConfig;
  vault::Ring ring{kFolder, config->backend};
  auto store = vault::open_store(kFolder, *config, ring);
  if (!store) {
    runtime::log(store.error());
    return runtime::kExitSetUp;
  }
  Nothing nothing;
  LedgerRecorder recorder{loop.use<grant::ledger>(nothing)};
  vault::Service service{std::move(*store), recorder};
  Shell shell{&service, {}, loop};
  shell.ocpp = loop.serve<grant::ocpp>(shell);
  loop.every(kSettle, runtime::Action::to<&Shell::tick>(shell));
  loop.on_stop(runtime::Action::to<&Shell::stop>(shell));
  loop.on_peer<grant::ocpp>(runtime::Delegate<bool>::to<&Shell::peer>(shell));
  return runtime::run(loop, grant::kProcess, *found);
}
