#include "services/ocpp/courier.hpp"

#include "libs/base/hex.hpp"
#include "libs/runtime/process.hpp"

namespace bulwatt::ocpp {
namespace {

constexpr BackOff::Limits kBackOff{.wait_minimum_s = 5, .random_range_s = 5, .repeat_times = 5};

}  // namespace

Courier::Courier(runtime::Loop& loop, const Config& config, Store& store, Network& network, TlsSide& tls,
                 Resolver& resolver)
    : loop_(loop), config_(config), store_(store), network_(network), tls_(tls), resolver_(resolver) {
  if (!config.witness_url.empty()) to_ = parse_witness_url(config);
}

void Courier::errand_due() {
  if (!to_ || busy_) return;  // asks by itself when it is done with what it carries
  busy_ = true;
  wait(Duration::zero());
}

void Courier::wait(Duration how_long) {
  loop_.at(step_timer_, os::now() + how_long, runtime::Action::to<&Courier::next>(*this));
}

/// Fetches what is to be carried and sets out; nothing to carry is the end of it.
void Courier::next() {
  const auto errand = ledger_->call(ledger::FetchErrand{});
  if (!errand && errand.error().failure == ipc::Failure::none) {
    busy_ = false;
    return;
  }
  if (!errand) return failed("the ledger is away");
  errand_ = *errand;
  loop_.at(deadline_, os::now() + kPatience, runtime::Action::to<&Courier::too_late>(*this));
  if (line_ && !line_->over()) return ask();
  connect();
}

void Courier::connect() {
  line_.reset();
  met_ = false;
  const Line<kMaxUrl> host{to_->server.host.view()};
  const auto known = without_asking(host.c_str(), to_->server.port);
  if (!known.empty()) return connect_to(known[0]);
  resolver_.resolve(host.c_str(), to_->server.port, runtime::Action::to<&Courier::resolved>(*this));
}

void Courier::resolved() {
  if (!errand_) return;  // given up meanwhile
  if (resolver_.found().empty()) return failed(resolver_.complaint());
  connect_to(resolver_.found()[0]);
}

void Courier::connect_to(const Endpoint& endpoint) {
  PostTarget target{.stream = {.address = endpoint.address, .address_size = endpoint.size}};
  target.host_header = to_->server.host_header().view();
  target.prefix = to_->target;
  if (to_->server.secure && !secure(target)) return;
  line_.emplace(loop_, *this);
  if (!line_->start(target)) return failed("the network does not take a connection");
  ask();
}

/// By the rules of the connection to the backend. The station shows its own certificate to its backend only.
bool Courier::secure(PostTarget& target) {
  auto context = tls_.context_beside(at_backend() && config_.security_profile == 3);
  if (!context) {
    failed(context.error().view());
    return false;
  }
  context_.emplace(std::move(*context));
  target.stream.tls = &*context_;
  target.stream.tls_options.host = to_->server.host.view();
  target.stream.tls_options.now_unix_s = (os::civil_now().unix_ms + store_.facts().clock_offset_ms) / 1000;
  target.stream.tls_options.allow_wildcards = config_.allow_wildcards;
  target.stream.tls_options.quantum_safe_pinned = at_backend() && network_.pinned();
  return true;
}

bool Courier::at_backend() const {
  const auto backend = parse_url(config_.csms_url.view());
  return backend && backend->host == to_->server.host && backend->port == to_->server.port;
}

void Courier::ask() {
  if (!line_->post(errand_->path.view(), errand_->body.view())) failed("the request cannot be written");
}

/// The first answer of a connection: whom it is with is recorded when it is another than before.
void Courier::met() {
  if (std::exchange(met_, true)) return;
  back_off_.succeeded();
  last_failure_ = {};
  Line<390> detail{"url=", config_.witness_url.view()};
  if (const auto* report = line_->report()) {
    detail.add(" version=", report->version.view(), " group=", report->group.view(), " cipher=", report->cipher.view(),
               " fingerprint=", hex_line<32>(std::span{report->peer_fingerprint}.first(16)).view());
  }
  if (last_met_ == detail.view()) return;
  last_met_ = detail.view();
  runtime::log(Line<420>{"witness of the ledger: ", detail.view()}.view());
  core_->note(ledger::Subject::handshake, ledger::Severity::info, "WitnessConnected", detail.view());
}

void Courier::post_answered(int status, std::string_view type, std::string_view body) {
  loop_.cancel(deadline_);
  met();
  ledger::SubmitErrand answer{errand_->number, static_cast<std::uint16_t>(status), {}, {}};
  if (Text<40>::fits(type)) answer.type = type;
  answer.body = Octets<ledger::kMaxErrandAnswer>{std::as_bytes(std::span{body})};
  errand_.reset();
  const auto taken = ledger_->call(answer);
  if (!taken && taken.error().failure != ipc::Failure::none) return failed("the ledger is away");
  wait(kPace);
}

/// A server may end a connection that nobody uses.
void Courier::post_ended(std::string_view why) {
  if (errand_) failed(why);
}

void Courier::failed(std::string_view why) {
  loop_.cancel(deadline_);
  errand_.reset();
  const Line<160> words{why};
  if (last_failure_ != words.view()) {
    last_failure_ = words.view();
    runtime::log(Line<300>{"the witness of the ledger is not reached: ", words.view()}.view());
  }
  std::uint64_t random = 0;
  os::random_bytes(std::as_writable_bytes(std::span{&random, 1}));
  wait(back_off_.next(kBackOff, random));
}

void Courier::too_late() {
  if (line_) line_->close();
  failed("it does not answer in time");
}

}  // namespace bulwatt::ocpp
