#include "services/vault/status.hpp"

#include "libs/json/json.hpp"

namespace bulwatt::vault {

Status status_of(const Store& store, Ring& ring, std::span<const keys::Kind> configured) {
  Status out;
  out.age = store.age;
  const auto add = [&](keys::Kind kind) {
    auto* backend = ring.find(kind);
    const auto health = backend != nullptr ? backend->health() : keys::Health{false, ring.why_lacking(kind)};
    out.good = out.good && health.good;
    (void)out.backends.push_back({kind, health.good, health.why.view()});
  };
  add(keys::Kind::software);
  for (const auto kind : configured) add(kind);
  for (const auto& key : store.keys) {
    const bool available = key.ref.backend != nullptr;
    out.good = out.good && available;
    (void)out.keys.push_back({key.info.name, key.info.purpose, key.info.algorithm, key.user,
                              available ? enum_text(key.ref.backend->kind()) : std::string_view{}, available,
                              std::string_view{key.unavailable}, !key.chain.empty()});
  }
  out.good = out.good && out.age == Age::current;
  return out;
}

std::string_view first_trouble(const Status& status) {
  if (status.age != Age::current) return advice(status.age);
  for (const auto& backend : status.backends) {
    if (!backend.good) return backend.why.view();
  }
  for (const auto& key : status.keys) {
    if (!key.available) return key.why.view();
  }
  return {};
}

std::vector<std::byte> status_text(const Status& status) {
  std::vector<char> room(16 * 1024);
  const auto text = json::encode(status, std::span{room});
  if (!text) return {};
  const auto bytes = std::as_bytes(std::span{*text});
  return {bytes.begin(), bytes.end()};
}

std::optional<Status> read_status(std::string_view text) {
  auto status = json::decode<Status>(text);
  if (!status) return std::nullopt;
  return *std::move(status);
}

}  // namespace bulwatt::vault
