#include "services/vault/service.hpp"

#include "libs/base/try.hpp"
#include "services/vault/content.hpp"

namespace bulwatt::vault {
namespace {

GetChain::Chain chain_of(std::span<const std::byte> pem) { return {Octets<kMaxChain>{pem}}; }

/// What a caller is told of a fault; which it was stands in the vault's status.
Error error_of(keys::Fault fault) {
  switch (fault) {
    case keys::Fault::unreachable:
    case keys::Fault::locked:
    case keys::Fault::policy:
    case keys::Fault::other_device:
    case keys::Fault::hardware: return Error::key_unavailable;
    case keys::Fault::busy: return Error::busy;
    default: return Error::failed;
  }
}

Outcome outcome_of(Error error) {
  switch (error) {
    case Error::unknown_key: return Outcome::unknown_key;
    case Error::not_yours: return Outcome::not_yours;
    case Error::refused: return Outcome::refused;
    case Error::too_often: return Outcome::too_often;
    default: return Outcome::failed;
  }
}

}  // namespace

std::expected<StoredKey*, Error> Service::find(std::string_view user, const KeyName& name) {
  for (auto& key : store_.keys) {
    if (!(key.info.name == name)) continue;
    if (key.user.view() != user) return std::unexpected(Error::not_yours);
    return &key;
  }
  return std::unexpected(Error::unknown_key);
}

std::expected<KeyInfo, Error> Service::get_key(std::string_view user, const GetKey& request) {
  TRY(key, find(user, request.name));
  if (key->ref.backend == nullptr) return std::unexpected(Error::key_unavailable);
  return key->info;
}

std::expected<GetChain::Chain, Error> Service::get_chain(std::string_view user, const GetChain& request) {
  TRY(key, find(user, request.name));
  return chain_of(key->chain);
}

// ---- who may

std::expected<StoredKey*, Error> Service::admit(std::string_view user, const KeyName& name, Instant now) {
  TRY(key, find(user, name));
  if (!key->rate.take(now)) return std::unexpected(Error::too_often);
  return key;
}

std::expected<StoredKey*, Error> Service::judge(std::string_view user, const Sign& request, Instant now) {
  auto key = admit(user, request.key, now);
  if (key && !may_sign((*key)->info, request.digest, request.padding, request.bytes.view()))
    key = std::unexpected(Error::refused);
  if (key && (*key)->ref.backend == nullptr) key = std::unexpected(Error::key_unavailable);
  // A checkpoint is its own record, and a record of it would want a checkpoint.
  if (key && (*key)->info.purpose == Purpose::checkpoint) return key;
  note(request.key, user, key ? Outcome::granted : outcome_of(key.error()), now);
  return key;
}

std::expected<StoredKey*, Error> Service::judge_request(std::string_view user, const SubmitRequest& request,
                                                        Instant now) {
  const auto& name = request.key;
  auto key = admit(user, name, now);
  if (key && !store_.identity.empty() && !(request.common_name == store_.identity))
    key = std::unexpected(Error::refused);
  if (key && (*key)->ref.backend == nullptr) key = std::unexpected(Error::key_unavailable);
  note(name, user, key ? Outcome::granted : outcome_of(key.error()), now);
  return key;
}

std::expected<Signature, Error> Service::sign(std::string_view user, const Sign& request, Instant now) {
  if (const auto key = find(user, request.key); key && (*key)->info.slow) return std::unexpected(Error::slow_key);
  TRY(key, judge(user, request, now));
  auto signature = key->ref.backend->sign(key->ref.handle, {request.digest, request.padding, request.bytes.view()});
  if (signature) return std::move(*signature);
  note(request.key, user, Outcome::failed, now);
  return std::unexpected(error_of(signature.error()));
}

// ---- slow hardware

std::expected<SubmitSign::Ticket, Error> Service::enqueue(std::uint8_t conduit, Job job, Instant now) {
  if (waiting_.size() >= kSlowPlaces) return std::unexpected(Error::busy);
  const auto ticket = tickets_.submit(conduit, now);
  if (!ticket) return std::unexpected(Error::busy);
  job.ticket = *ticket;
  waiting_.push_back(std::move(job));
  return SubmitSign::Ticket{*ticket};
}

std::expected<SubmitSign::Ticket, Error> Service::submit(std::string_view user, std::uint8_t conduit,
                                                         const SubmitSign& request, Instant now) {
  TRY(key, judge(user, {request.key, request.digest, request.bytes, request.padding}, now));
  const auto content = request.bytes.view();
  Job job{0, {request.key, user, {}}, key->ref, request.digest, request.padding, {content.begin(), content.end()}, {}};
  return enqueue(conduit, std::move(job), now);
}

std::expected<SubmitSign::Ticket, Error> Service::submit_request(std::string_view user, std::uint8_t conduit,
                                                                 const SubmitRequest& request, Instant now) {
  TRY(key, judge_request(user, request, now));
  auto made = Request::begin(key->info, {request.common_name, request.organization});
  if (!made) return std::unexpected(Error::refused);
  const auto content = made->to_sign();
  Job job{0, {request.key, user, {}}, key->ref, made->digest(), made->padding(), {content.begin(), content.end()}, {}};
  job.request = std::move(made);
  return enqueue(conduit, std::move(job), now);
}

std::expected<Service::Result, Error> Service::complete(Job& job, keys::Signed signature, Instant now) {
  if (!signature) {
    job.use.outcome = Outcome::failed;
    uses_.note(job.use, now);
    return std::unexpected(error_of(signature.error()));
  }
  if (!job.request) return Result{signature->bytes.view()};
  const auto pem = job.request->finish(*signature);
  if (!pem || pem->size() > kMaxRequest) return std::unexpected(Error::failed);
  return Result{std::as_bytes(std::span{*pem})};
}

std::optional<std::pair<std::uint8_t, std::uint32_t>> Service::work(Instant now) {
  if (!current_) {
    if (waiting_.empty()) return std::nullopt;
    current_ = std::move(waiting_.front());
    waiting_.erase(waiting_.begin());
    const auto begun =
        current_->ref.backend->begin(current_->ref.handle, {current_->digest, current_->padding, current_->content});
    if (!begun) return finish(std::unexpected(begun.error()), now);
  }
  auto signature = current_->ref.backend->step();
  if (!signature) return std::nullopt;
  return finish(std::move(*signature), now);
}

std::optional<std::pair<std::uint8_t, std::uint32_t>> Service::finish(keys::Signed signature, Instant now) {
  auto job = std::move(*current_);
  current_.reset();
  const auto conduit = tickets_.finish(job.ticket, complete(job, std::move(signature), now), now);
  if (!conduit) return std::nullopt;
  return std::pair{*conduit, job.ticket};
}

std::expected<std::optional<Service::Result>, Error> Service::take(std::uint8_t conduit, std::uint32_t ticket) {
  std::optional<std::expected<Result, Error>> result;
  switch (tickets_.fetch(conduit, ticket, result)) {
    case decltype(tickets_)::State::unknown: return std::unexpected(Error::unknown_ticket);
    case decltype(tickets_)::State::pending: return std::nullopt;
    case decltype(tickets_)::State::done: break;
  }
  if (!*result) return std::unexpected((*result).error());
  return **result;
}

std::expected<FetchSign::Fetched, Error> Service::fetch(std::uint8_t conduit, const FetchSign& request) {
  TRY(result, take(conduit, request.ticket));
  if (!result) return FetchSign::Fetched{};
  return FetchSign::Fetched{Signature{Octets<kMaxSignature>{result->view()}}};
}

std::expected<FetchRequest::Fetched, Error> Service::fetch_request(std::uint8_t conduit, const FetchRequest& request) {
  TRY(result, take(conduit, request.ticket));
  if (!result) return FetchRequest::Fetched{};
  return FetchRequest::Fetched{*result};
}

}  // namespace bulwatt::vault
