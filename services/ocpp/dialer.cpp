#include "services/ocpp/dialer.hpp"

#include "libs/base/hex.hpp"
#include "libs/http/encoding.hpp"
#include "libs/runtime/process.hpp"

namespace bulwatt::ocpp {
namespace {

constexpr Duration kClosePatience = std::chrono::seconds{2};
constexpr int kUnauthorized = 401;

std::uint64_t random_number() {
  std::uint64_t value = 0;
  os::random_bytes(std::as_writable_bytes(std::span{&value, 1}));
  return value;
}

}  // namespace

void Dialer::start() { dial(); }

void Dialer::say(std::string_view line) {
  if (line == last_said_.view()) return;  // the same again tells nobody anything
  last_said_ = line;
  runtime::log(line);
}

void Dialer::dial() {
  if (stopped_) return;
  link_.reset();
  address_ = parse_url(url()).value_or(Address{});  // was good when it was taken into its slot
  loop_.at(deadline_, os::now() + std::chrono::seconds{config_.retry.connect_timeout_s},
           runtime::Action::to<&Dialer::too_late>(*this));
  const Line<kMaxUrl> host{address_.host.view()};
  if (endpoint_ + 1 < endpoints_.size) {
    ++endpoint_;  // the next address of the same name
    return connect();
  }
  endpoint_ = 0;
  endpoints_ = without_asking(host.c_str(), address_.port);
  if (!endpoints_.empty()) return connect();
  resolver_.resolve(host.c_str(), address_.port, runtime::Action::to<&Dialer::resolved>(*this));
}

void Dialer::resolved() {
  endpoints_ = resolver_.found();
  if (endpoints_.empty())
    return attempt_failed(
        Line<200>{"the name ", address_.host.view(), " is not found: ", resolver_.complaint()}.view());
  connect();
}

void Dialer::connect() {
  Destination to{};
  to.address = endpoints_[endpoint_].address;
  to.address_size = endpoints_[endpoint_].size;
  to.host_header = address_.host_header().view();
  to.target = address_.target(config_.identity.view()).view();
  if (network_.current().security_profile < 3) {
    std::array<char, 200> buffer{};
    const http::Credentials credentials{
        config_.identity.view(), Octets<http::kPasswordLimit>{std::as_bytes(std::span{credentials_.password()})}};
    to.authorization = http::write_basic(credentials, buffer).value_or(std::string_view{});
  }
  if (address_.secure && !prepare_tls(to)) return;
  link_.emplace(loop_, *this);
  if (!link_->start(to)) attempt_failed("the network does not take a connection");
}

bool Dialer::prepare_tls(Destination& to) {
  // What is about to be replaced is good for the backend that is known, not for one that is met for the first time.
  //= OCPP-2.0.1 M05.FR.14
  //= OCPP-2.0.1 M05.FR.15
  //= OCPP-2.0.1 M05.FR.16
  const auto known = store_.network().last_good;
  auto context = tls_.context(network_.current().security_profile == 3, known == 0 || known == network_.current().slot,
                              other_certificate_);
  if (!context) {
    attempt_failed(context.error().view());
    return false;
  }
  context_.emplace(std::move(*context));
  profile_ = tls_.profile_number();
  to.tls = &*context_;
  to.tls_options.host = address_.host.view();
  to.tls_options.now_unix_s = (os::civil_now().unix_ms + store_.facts().clock_offset_ms) / 1000;
  to.tls_options.allow_wildcards = config_.allow_wildcards;
  to.tls_options.quantum_safe_pinned = network_.pinned();
  to.tls_options.small_hello = small_hello_;
  return true;
}

void Dialer::too_late() {
  if (link_ && !link_->over()) return link_->abort(Ended::Why::timed_out, "the backend does not answer in time");
  attempt_failed("the name server does not answer in time");
}

void Dialer::link_opened(const tls::Report* report) {
  loop_.cancel(deadline_);
  back_off_.succeeded();
  second_try_ = false;
  last_event_ = {};
  credentials_.accepted();
  tls_.connected(report, network_.current().security_profile == 3, profile_);
  other_certificate_ = false;
  with_certificate_ = 0;
  Line<300> told{"connected to ", url(), ": "};
  Line<390> detail{"url=", url()};
  if (report != nullptr) {
    told.add(report->version.view(), ' ', report->group.view(), ' ', report->cipher.view(), ", certificate of '",
             report->peer_name.view(), "', ", report->quantum_safe ? "quantum safe" : "NOT quantum safe");
    detail.add(" version=", report->version.view(), " group=", report->group.view(), " cipher=", report->cipher.view(),
               " signature=", report->signature.view(),
               " fingerprint=", hex_line<32>(std::span{report->peer_fingerprint}.first(16)).view());
    if (report->quantum_safe) network_.pin();
  } else {
    told.add("not encrypted");
    detail.add(" encrypted=no");
  }
  last_said_ = {};
  runtime::log(told.view());
  core_->note(ledger::Subject::handshake,
              report == nullptr || !report->quantum_safe ? ledger::Severity::notice : ledger::Severity::info,
              "Connected", detail.view());
  probing_ = false;
  keep_alive();
  core_->link_up();
}

/// Probes a silent connection, and gives it up when the probe is not answered either.
void Dialer::keep_alive() {
  if (!link_ || !link_->is_open()) return;
  const auto again = runtime::Action::to<&Dialer::keep_alive>(*this);
  const auto now = os::now();
  const auto interval = core_->model().seconds(Var::websocket_ping);
  const auto look = std::chrono::seconds{30};
  if (interval == Duration::zero()) return loop_.at(alive_timer_, now + look, again);
  const auto silent = now - link_->last_received();
  if (silent < interval) {
    probing_ = false;
    return loop_.at(alive_timer_, std::min(link_->last_received() + interval, now + look), again);
  }
  if (probing_) return link_->abort(Ended::Why::lost, "the backend does not answer a ping");
  probing_ = true;
  link_->ping();
  loop_.at(alive_timer_, now + core_->model().seconds(Var::message_timeout), again);
}

void Dialer::link_ended(const Ended& ended) {
  loop_.cancel(deadline_);
  loop_.cancel(alive_timer_);
  report(ended);
  // Lost before any answer: the first message may not have fitted one packet somewhere on the way.
  if (ended.silent && !small_hello_ && ended.why != Ended::Why::tls) {
    small_hello_ = second_try_ = true;
  } else if (ended.silent) {
    small_hello_ = false;
  }
  // Another address of the same name is for the case that this one cannot be reached at all.
  if (ended.why != Ended::Why::unreachable && ended.why != Ended::Why::timed_out) endpoints_.clear();
  if (ended.was_open) core_->link_down();
  attempt_failed(ended.text.view());
}

void Dialer::report(const Ended& ended) {
  std::string_view event;
  if (ended.refusal) event = security_event_of(*ended.refusal);
  if (ended.http_status == kUnauthorized) {
    credentials_.refused();
    event = "FailedToAuthenticateAtCsms";
  }
  if (ended.was_open)
    core_->note(ledger::Subject::handshake, ledger::Severity::notice, "Disconnected",
                Line<300>{"why=", enum_text(ended.why), " ", ended.text.view()}.view());
  if (event.empty() || event == last_event_.view()) return;
  last_event_ = event;
  core_->note(ledger::Subject::handshake, ledger::Severity::warning, "ConnectionRefused", ended.text.view());
  core_->security(event, ended.text.view());
}

void Dialer::attempt_failed(std::string_view why) {
  loop_.cancel(deadline_);
  if (stopped_) return;
  const auto& model = core_->model();
  Duration wait = back_off_.next(
      {model.number(Var::backoff_wait), model.number(Var::backoff_range), model.number(Var::backoff_repeat)},
      random_number());
  const bool other_address = endpoint_ + 1 < endpoints_.size;
  if (std::exchange(at_once_, false) || std::exchange(second_try_, false) || other_address) wait = Duration::zero();
  if (wait > Duration::zero()) {
    say(Line<400>{"no connection to ", url(), ": ", why, "; trying again"}.view());
    next_profile();
  }
  loop_.at(dial_timer_, os::now() + wait, runtime::Action::to<&Dialer::dial>(*this));
}

/// After enough attempts the next network connection profile has its turn.
void Dialer::next_profile() {
  const auto attempts = static_cast<std::uint32_t>(core_->model().number(Var::network_attempts));
  // Every profile has had its attempts with this certificate: then with the other one, if there are two.
  if (++with_certificate_ >= attempts * network_.choices()) {
    with_certificate_ = 0;
    other_certificate_ = !other_certificate_;
  }
  if (!network_.failed(attempts)) return;
  endpoints_.clear();
  endpoint_ = 0;
  small_hello_ = false;
  last_event_ = {};
  core_->note(ledger::Subject::handshake, ledger::Severity::notice, "NextNetworkProfile",
              Line<300>{"slot=", network_.current().slot, " url=", url()}.view());
}

void Dialer::reconnect(std::string_view why) {
  credentials_.renewed();
  other_certificate_ = false;
  with_certificate_ = 0;
  if (!link_ || !link_->is_open()) return;
  at_once_ = true;
  link_->close(websocket::close_code::kNormal, why);
  loop_.at(deadline_, os::now() + kClosePatience, runtime::Action::to<&Dialer::close_now>(*this));
}

void Dialer::close_now() {
  if (link_ && !link_->over()) link_->abort(Ended::Why::closed_by_us, "closed");
}

void Dialer::stop() {
  stopped_ = true;
  loop_.cancel(dial_timer_);
  if (link_ && !link_->over()) link_->close(websocket::close_code::kGoingAway, "the station stops");
}

}  // namespace bulwatt::ocpp
