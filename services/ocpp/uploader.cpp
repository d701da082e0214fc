#include "services/ocpp/uploader.hpp"

#include "libs/http/encoding.hpp"
#include "libs/runtime/process.hpp"

namespace bulwatt::ocpp {

void Uploader::start(const FileAddress& to, std::string_view name, std::string_view text) {
  to_ = to;
  name_ = name;
  text_ = text;
  wanted_ = true;
  loop_.at(deadline_, os::now() + kPatience, runtime::Action::to<&Uploader::too_late>(*this));
  loop_.at(step_timer_, os::now(), runtime::Action::to<&Uploader::resolve>(*this));
}

void Uploader::cancel() {
  wanted_ = false;
  loop_.cancel(step_timer_);
  loop_.cancel(deadline_);
  put_.reset();
}

void Uploader::resolve() {
  put_.reset();
  const Line<kMaxUrl> host{to_.server.host.view()};
  const auto known = without_asking(host.c_str(), to_.server.port);
  if (!known.empty()) return connect(known[0]);
  resolver_.resolve(host.c_str(), to_.server.port, runtime::Action::to<&Uploader::resolved>(*this));
}

void Uploader::resolved() {
  if (!wanted_) return;
  if (resolver_.found().empty()) return put_ended(UploadResult::failed, resolver_.complaint());
  connect(resolver_.found()[0]);
}

/// The station shows its own certificate to its backend only.
void Uploader::connect(const Endpoint& endpoint) {
  PutTarget target{.stream = {.address = endpoint.address, .address_size = endpoint.size}};
  target.host_header = to_.server.host_header().view();
  target.target = to_.target;
  if (!to_.user.empty()) {
    std::array<char, 300> buffer{};
    const http::Credentials credentials{to_.user.view(),
                                        Octets<http::kPasswordLimit>{std::as_bytes(std::span{to_.password.view()})}};
    target.authorization = http::write_basic(credentials, buffer).value_or(std::string_view{});
  }
  if (to_.server.secure) {
    auto context = tls_.context(false);
    if (!context) return put_ended(UploadResult::failed, context.error().view());
    context_.emplace(std::move(*context));
    target.stream.tls = &*context_;
    target.stream.tls_options.host = to_.server.host.view();
    target.stream.tls_options.now_unix_s = (os::civil_now().unix_ms + store_.facts().clock_offset_ms) / 1000;
  }
  put_.emplace(loop_, *this);
  if (!put_->start(target, name_, text_)) put_ended(UploadResult::failed, "the network does not take a connection");
}

void Uploader::too_late() {
  if (put_ && !put_->over()) return put_->abort("the server does not answer in time");
  put_ended(UploadResult::failed, "the name server does not answer in time");
}

void Uploader::put_ended(UploadResult result, std::string_view why) {
  if (!std::exchange(wanted_, false)) return;
  runtime::log(Line<300>{"upload of ", std::string_view{name_}, " to ", to_.server.host.view(), ": ", enum_text(result),
                         ", ", why}
                   .view());
  loop_.cancel(deadline_);
  result_ = result;
  // Later, so that nobody is destroyed inside of his own call.
  loop_.at(step_timer_, os::now(), runtime::Action::to<&Uploader::report>(*this));
}

void Uploader::report() {
  put_.reset();
  core_->upload_ended(result_);
}

}  // namespace bulwatt::ocpp
