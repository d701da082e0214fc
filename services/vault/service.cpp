#include "services/vault/service.hpp"

#include "libs/base/try.hpp"
#include "services/vault/content.hpp"

namespace bulwatt::vault {
namespace {

struct FreeDigest {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

const char* name_of(Digest digest) {
  switch (digest) {
    case Digest::none: return nullptr;
    case Digest::sha256: return "SHA256";
    case Digest::sha384: return "SHA384";
    case Digest::sha512: return "SHA512";
  }
  return nullptr;
}

/// EC keys hash with what the protocol chose; the others hash by themselves.
bool digest_fits(Algorithm algorithm, Digest digest) {
  const bool hashed_outside = algorithm == Algorithm::ecdsa_p256 || algorithm == Algorithm::ecdsa_p384;
  return hashed_outside == (digest != Digest::none);
}

std::expected<Signature, Error> sign_with(EVP_PKEY* key, Digest digest, std::span<const std::byte> bytes) {
  const std::unique_ptr<EVP_MD_CTX, FreeDigest> context{EVP_MD_CTX_new()};
  Signature out{};
  std::size_t size = out.bytes.data.size();
  if (!context || EVP_DigestSignInit_ex(context.get(), nullptr, name_of(digest), nullptr, nullptr, key, nullptr) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.bytes.data.data()), &size,
                     reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()) != 1) {
    return std::unexpected(Error::failed);
  }
  out.bytes.size = static_cast<std::uint16_t>(size);
  return out;
}

GetChain::Chain chain_of(std::span<const std::byte> pem) { return {Octets<kMaxChain>{pem}}; }

}  // namespace

std::expected<const StoredKey*, Error> Service::find(std::string_view user, const KeyName& name) const {
  for (const auto& key : store_.keys) {
    if (!(key.info.name == name)) continue;
    if (key.user.view() != user) return std::unexpected(Error::not_yours);
    return &key;
  }
  return std::unexpected(Error::unknown_key);
}

std::expected<KeyInfo, Error> Service::get_key(std::string_view user, const GetKey& request) {
  TRY(key, find(user, request.name));
  return key->info;
}

std::expected<GetChain::Chain, Error> Service::get_chain(std::string_view user, const GetChain& request) {
  TRY(key, find(user, request.name));
  return chain_of(key->chain);
}

std::expected<GetChain::Chain, Error> Service::get_trust(const GetTrust& request) {
  if (request.link.view() == "csms-crl") return chain_of(store_.csms_revocations);
  if (request.link.view() != "csms") return std::unexpected(Error::unknown_key);
  return chain_of(store_.csms_trust);
}

std::expected<Signature, Error> Service::sign(std::string_view user, const Sign& request) {
  const auto key = find(user, request.key);
  const bool granted = key && may_sign((*key)->info.purpose, request.bytes.view()) && digest_fits((*key)->info.algorithm, request.digest);
  recorder_.key_used(request.key.view(), user, granted);
  if (!key) return std::unexpected(key.error());
  if (!granted) return std::unexpected(Error::refused);
  return sign_with((*key)->key.get(), request.digest, request.bytes.view());
}

std::expected<SubmitSign::Ticket, Error> Service::submit(std::string_view user, std::uint8_t conduit, const SubmitSign& request, Instant now) {
  if (waiting_.full()) return std::unexpected(Error::busy);
  const auto ticket = tickets_.submit(conduit, now);
  if (!ticket || !waiting_.push_back({*ticket, user, {request.key, request.digest, request.bytes}})) return std::unexpected(Error::busy);
  return SubmitSign::Ticket{*ticket};
}

std::optional<std::pair<std::uint8_t, std::uint32_t>> Service::work(Instant now) {
  if (waiting_.empty()) return std::nullopt;
  const Job job = waiting_[0];
  waiting_.erase(0);
  const auto conduit = tickets_.finish(job.ticket, sign(job.user.view(), job.request), now);
  if (!conduit) return std::nullopt;
  return std::pair{*conduit, job.ticket};
}

std::expected<FetchSign::Fetched, Error> Service::fetch(std::uint8_t conduit, const FetchSign& request) {
  std::optional<std::expected<Signature, Error>> result;
  switch (tickets_.fetch(conduit, request.ticket, result)) {
    case decltype(tickets_)::State::unknown: return std::unexpected(Error::unknown_ticket);
    case decltype(tickets_)::State::pending: return FetchSign::Fetched{};
    case decltype(tickets_)::State::done: break;
  }
  if (!*result) return std::unexpected((*result).error());
  return FetchSign::Fetched{**result};
}

}  // namespace bulwatt::vault
