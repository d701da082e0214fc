// bulwatt-ledger: the append-only record of everything that matters. Wiring; see store.hpp.
#include <fcntl.h>
#include <unistd.h>

#include "grants/ledger.hpp"
#include "libs/runtime/process.hpp"
#include "services/ledger/acts.hpp"
#include "services/ledger/errands.hpp"
#include "services/ledger/folder.hpp"
#include "services/ledger/prover.hpp"
#include "services/ledger/service.hpp"

using namespace bulwatt;
namespace grant = bulwatt::grants::ledger;

namespace {

constexpr std::string_view kFolder = "/state";
constexpr const char* kEscrowKey =
    "/state/escrow.pem";  // the owner's public key; without it nobody can check the seals
constexpr const char* kWitnessKeys = "/state/witness.keys";  // of the witness and the mirror, put there by the owner
constexpr const char* kMirrorKeys = "/state/mirror.keys";
constexpr std::uint8_t kNoConduit = 0xff;  // of a ticket: an act of the supervisor

std::string read_small(const char* path) {
  std::string text(16 * 1024, '\0');
  const int file = ::open(path, O_RDONLY | O_CLOEXEC);
  const auto got = file < 0 ? 0 : ::read(file, text.data(), text.size());
  if (file >= 0) ::close(file);
  text.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return text;
}

ledger::Stamp stamp() { return {static_cast<std::uint64_t>(os::now().time_since_epoch().count()), os::civil_now()}; }

class Shell {
 public:
  Shell(runtime::Loop& loop, ledger::Service& service, ledger::Store& store, ledger::Errands& errands,
        const ledger::Files& files, std::uint32_t seal_s)
      : loop_(loop), service_(service), store_(store), errands_(errands), files_(files) {
    session_.connect(*this, loop);
    vault_.connect(*this, loop);
    ocpp_.connect(*this, loop);
    hmi_.connect(*this, loop);
    loop.on_act(runtime::Delegate<const control::Act&>::to<&Shell::take_act>(*this));
    loop.at_end_of_turn(runtime::Action::to<&Shell::end_turn>(*this));
    loop.every(std::chrono::seconds{seal_s}, runtime::Action::to<&Shell::seal>(*this));
    loop.on_stop(runtime::Action::to<&Shell::seal>(*this));
    loop.on_peer<grant::vault>(runtime::Delegate<bool>::to<&Shell::vault_peer>(*this));
    loop.on_peer<grant::ocpp>(runtime::Delegate<bool>::to<&Shell::ocpp_peer>(*this));
  }

 private:
  /// One caller; who it is follows from the conduit and from nothing else.
  template <class Grant>
  struct Caller {
    Shell* shell = nullptr;
    std::optional<ipc::Server<Grant>> server{};
    void connect(Shell& owner, runtime::Loop& loop) {
      shell = &owner;
      server.emplace(loop.serve<Grant>(*this));
    }
    void on(const ledger::Append& request, const ipc::Ticket& ticket) {
      shell->take(Grant::kFacts.client, request, ticket);
    }
    std::expected<ledger::ReadHead::Head, ledger::Error> on(const ledger::ReadHead&) { return shell->service_.head(); }
    std::expected<ledger::Prove::Proof, ledger::Error> on(const ledger::Prove& request) {
      return shell->prove(request);
    }
    auto on(const ledger::FetchCheckpoint&) { return shell->service_.fetch(stamp()); }
    auto on(const ledger::SubmitCheckpoint& request) { return shell->submit(request); }
    auto on(const ledger::Anchor& request) { return shell->anchor(request); }
    auto on(const ledger::FetchErrand&) { return shell->errands_.fetch(); }
    auto on(const ledger::SubmitErrand& request) { return shell->errands_.submit(request, stamp()); }
    bool answer(const ipc::Ticket& ticket, const ledger::Service::Answer& answer) {
      if (ticket.conduit != Grant::kFacts.index) return false;
      server->reply(ticket, answer);
      return true;
    }
  };

  std::expected<ledger::Prove::Proof, ledger::Error> prove(const ledger::Prove& request) {
    const auto text = ledger::prove(files_, request.sequence);
    if (!text || text->size() > ledger::kMaxProof) return std::unexpected(ledger::Error::not_ready);
    return ledger::Prove::Proof{Octets<ledger::kMaxProof>{std::as_bytes(std::span{*text})}};
  }
  std::expected<ledger::SubmitCheckpoint::Done, ledger::Error> submit(const ledger::SubmitCheckpoint& request) {
    auto done = service_.submit(request, stamp());
    if (done) ocpp_.server->pulse(ledger::ErrandDue{});
    return done;
  }
  /// Its records are a batch of their own.
  std::expected<ledger::Anchor::Anchored, ledger::Error> anchor(const ledger::Anchor& request) {
    commit();
    return store_.anchor(request.counter, stamp());
  }
  void take(std::string_view actor, const ledger::Append& request, const ipc::Ticket& ticket) {
    if (service_.append(actor, request, ticket, stamp())) return;
    commit();
    service_.append(actor, request, ticket, stamp());
  }
  /// Comes again, with the same number, when the answer was lost with an earlier process of ours.
  void take_act(const control::Act& act) {
    take(ledger::kSupervisor, ledger::record_of(act), ipc::Ticket{kNoConduit, 0, 0, act.number});
  }
  void commit() {
    service_.commit([this](const ipc::Ticket& ticket, const ledger::Service::Answer& answer) {
      if (ticket.conduit == kNoConduit) {
        if (answer) loop_.act_kept(ticket.call);
        return;
      }
      static_cast<void>(session_.answer(ticket, answer) || vault_.answer(ticket, answer) ||
                        ocpp_.answer(ticket, answer) || hmi_.answer(ticket, answer));
    });
  }

  void end_turn() {
    commit();
    if (service_.urgent()) seal();
  }
  void seal() {
    commit();
    if (const auto due = service_.seal()) vault_.server->pulse(*due);
  }
  /// A vault that has just come knows nothing of what is still unsigned.
  void vault_peer(bool alive) {
    if (alive) seal();
  }
  void ocpp_peer(bool alive) {
    if (alive) ocpp_.server->pulse(ledger::ErrandDue{});
  }

  runtime::Loop& loop_;
  ledger::Service& service_;
  ledger::Store& store_;
  ledger::Errands& errands_;
  ledger::Files files_;
  Caller<grant::session> session_{};
  Caller<grant::vault> vault_{};
  Caller<grant::ocpp> ocpp_{};
  Caller<grant::hmi> hmi_{};
};

/// Keys that cannot be read are said; nobody is asked then, so nothing is dropped either.
std::vector<merkle::VerifierKey> keys_from(const char* path) {
  auto keys = ledger::read_keys(read_small(path));
  if (!keys) runtime::log("a line of witness.keys or mirror.keys is no key (<name>+<id>+<base64>); nobody is asked");
  return keys.value_or(std::vector<merkle::VerifierKey>{});
}

}  // namespace

int main() {
  runtime::Loop loop{grant::kService};
  const auto found = runtime::begin(loop, grant::kProcess);
  if (!found) return runtime::kExitNoStart;
  const auto config = runtime::take_config<ledger::Config>(loop);
  if (!config) return runtime::kExitBadConfig;
  if (!merkle::is_key_name(config->origin.view())) {
    runtime::log("[ledger] origin must be a name without blanks and plus signs, such as example.org/station-1");
    return runtime::kExitBadConfig;
  }
  ledger::EscrowedKeys keys{read_small(kEscrowKey)};
  ledger::FolderFiles folder{kFolder};
  ledger::Store store{folder.files(), *config, keys};
  const auto opened = store.open(loop.restarts() == 0, stamp());
  if (!opened) {
    runtime::log("the records in the state folder cannot be read or written");
    return runtime::kExitSetUp;
  }
  if (opened->torn) runtime::log("an unfinished record was dropped; this is recorded");
  if (opened->torn_checkpoint)
    runtime::log("an unfinished signed checkpoint is replaced by the one before it; this is recorded");
  if (opened->alarm())
    runtime::log(
        "stored records were changed or are missing; what is left is kept as it is and a new log is linked to it, see "
        "`bulwatt log verify`");
  ledger::Service service{store};
  ledger::Errands errands{store, folder.files(), {keys_from(kWitnessKeys), keys_from(kMirrorKeys)}};
  if (config->keep_days != 0 && config->receipt != ledger::Receipt::none && !errands.asks(config->receipt))
    runtime::log("keep_days drops nothing: [ledger] receipt wants signatures, and there are no keys to check them by");
  Shell shell{loop, service, store, errands, folder.files(), config->seal_s};
  return runtime::run(loop, grant::kProcess, *found);
}
