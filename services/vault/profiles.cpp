#include "services/vault/profiles.hpp"

#include <algorithm>
#include <charconv>

#include "libs/base/line.hpp"
#include "services/vault/trial.hpp"

namespace bulwatt::vault {
namespace {

constexpr std::string_view kNew = ".new";
constexpr std::string_view kOld = ".old";
constexpr std::string_view kPresent = "";
constexpr std::uint32_t kAny = 0;
constexpr std::size_t kMaxTried = 4096;

std::string_view text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span{text}); }

}  // namespace

std::expected<tls::Registry, tls::ProfileFault> Profiles::read(std::string_view which, std::uint32_t least) const {
  const auto authority = read_file(folder_ + "/profile-authority.pem");
  const auto text = read_file(path(std::string{which} + ".json"));
  const auto signature = read_file(path(std::string{which} + ".sig"));
  if (!authority) return std::unexpected(tls::ProfileFault::bad_authority);
  if (!text) return std::unexpected(tls::ProfileFault::malformed);
  if (!signature) return std::unexpected(tls::ProfileFault::bad_signature);
  return tls::read_registry(text_of(*text), text_of(*signature), text_of(*authority), least);
}

std::uint32_t Profiles::newest() const {
  const auto file = read_file(path(".number"));
  std::uint32_t out = 0;
  if (file) {
    const auto text = text_of(*file);
    std::from_chars(text.data(), text.data() + text.size(), out);
  }
  return std::max(out, number());
}

void Profiles::open(Instant now) {
  if (file_exists(path(".probation"))) probation_since_ = now;
  if (!file_exists(path(".json"))) return;
  const auto registry = read(kPresent, kAny);
  if (registry) registry_ = *registry;
  else recorder_.trust_changed("ProfileUnusable", enum_text(registry.error()), false);
}

/// A trial was made: into the ledger, and one that was passed is remembered.
void Profiles::take_trial() {
  const auto file = read_file(path(".trial.json"));
  if (!file) return;
  remove_file(path(".trial.json"));
  const auto result = read_trial(text_of(*file));
  if (!result) return recorder_.trust_changed("ProfileTrialFailed", "what it found cannot be read", false);
  const std::string_view what = result->passed ? result->endpoint.view() : result->failed.view();
  const Line<300> detail{"number=",
                         result->number,
                         result->passed ? " endpoint=" : " failed=",
                         what.empty() ? std::string_view{"none"} : what,
                         " digest=",
                         result->digest.view()};
  if (!result->passed) return recorder_.trust_changed("ProfileTrialFailed", detail.view(), false);
  auto known = read_file(path(".tried")).value_or(std::vector<std::byte>{});
  if (known.size() > kMaxTried) known.clear();
  const auto line = bytes_of(result->digest.view());
  known.insert(known.end(), line.begin(), line.end());
  known.push_back(std::byte{'\n'});
  (void)write_file(path(".tried"), known);
  recorder_.trust_changed("ProfileTrialPassed", detail.view(), true);
}

bool Profiles::tried() const {
  const auto text = read_file(path(".new.json"));
  const auto known = read_file(path(".tried"));
  return text && known && text_of(*known).find(digest_of(*text).view()) != std::string_view::npos;
}

std::optional<ProfileChanged> Profiles::tend(Instant now) {
  take_trial();
  if (probation_since_ && now - *probation_since_ >= probation_) return fall_back();
  if (!file_exists(path(".new.sig")) || !file_exists(path(".new.json"))) return std::nullopt;
  const auto before = number();
  const auto registry = read(kNew, newest() + 1);
  const bool untried = registry && needs_trial_ && !tried();
  const bool taken = registry && !untried && take(*registry, now);
  const auto why = !registry ? enum_text(registry.error())
                   : untried ? std::string_view{"it passed no trial"}
                             : std::string_view{"the folder does not take it"};
  if (!taken) recorder_.trust_changed("ProfileRefused", why, false);
  remove_file(path(".new.sig"));
  remove_file(path(".new.json"));
  if (!taken) return std::nullopt;
  return ProfileChanged{number(), before, false};
}

/// Two files, one after the other: cut off in between they do not fit together, and `open` says so.
bool Profiles::move(std::string_view from, std::string_view to) const {
  for (const auto* ending : {".json", ".sig"}) {
    const auto file = read_file(path(std::string{from} + ending));
    if (!file || write_file(path(std::string{to} + ending), *file) != 0) return false;
  }
  return true;
}

/// A profile on probation is not worth falling back to; what was before it stays the one.
bool Profiles::take(const tls::Registry& registry, Instant now) {
  if (!probation_since_ && registry_ && !move(kPresent, kOld)) return false;
  const Line<12> number{registry.number};
  if (write_file(path(".probation"), {}) != 0 || write_file(path(".number"), bytes_of(number.view())) != 0)
    return false;
  if (!move(kNew, kPresent)) return false;
  registry_ = registry;
  probation_since_ = now;
  recorder_.trust_changed("ProfileTaken", Line<100>{"number=", registry.number, " name=", registry.name.view()}.view(),
                          true);
  return true;
}

void Profiles::confirm(std::uint32_t number) {
  if (!probation_since_ || !registry_ || number != registry_->number) return;
  probation_since_.reset();
  for (const auto* name : {".probation", ".old.json", ".old.sig"}) remove_file(path(name));
  recorder_.trust_changed("ProfileProven", Line<40>{"number=", number}.view(), true);
}

ProfileChanged Profiles::fall_back() {
  const auto failed = number();
  registry_.reset();
  probation_since_.reset();
  const bool had_one = file_exists(path(".old.json")) && move(kOld, kPresent);
  if (!had_one) {
    remove_file(path(".json"));
    remove_file(path(".sig"));
  }
  for (const auto* name : {".probation", ".old.json", ".old.sig"}) remove_file(path(name));
  if (had_one) {
    if (const auto registry = read(kPresent, kAny)) registry_ = *registry;
  }
  recorder_.trust_changed(
      "ProfileFellBack",
      Line<100>{"number=", failed, " to=", number(), ": no connection was made under it in time"}.view(), false);
  return {number(), failed, true};
}

ProfileStatus Profiles::status() const {
  if (!registry_) return {};
  return {registry_->number, registry_->name, on_probation()};
}

GetProfile::Given Profiles::get(const GetProfile& request) const {
  GetProfile::Given out{number(), {}};
  const auto* profile = registry_ ? tls::profile_of(*registry_, request.link) : nullptr;
  if (profile != nullptr) out.profile = *profile;
  return out;
}

}  // namespace bulwatt::vault
