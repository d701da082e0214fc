// Whether the vault's folder is the one that was written last. The index lists the hash of every stored key and the value that
// the TPM's counter had to reach; it is authenticated under the vault's secret. Who brings an older copy of the folder back has
// an index whose value is behind the counter.
//
// A change is written first, counted second, and then written as settled. Power that goes in between leaves an index that is one
// ahead and not settled: that is the newest there can be, and the count is made up for. A settled one that is ahead says that
// the TPM remembers less than it did.
#pragma once
#include "services/vault/ring.hpp"

namespace bulwatt::vault {

/// Only goes up.
struct Counter {
  virtual std::expected<std::uint64_t, keys::Fault> read() = 0;
  virtual std::expected<std::uint64_t, keys::Fault> increment() = 0;

 protected:
  ~Counter() = default;
};

/// unknown: the device does not say. missing: there is no index though there should be one. counter_older: the folder is
/// newer than what the TPM remembers.
enum class Age : std::uint8_t { current, older, missing, damaged, unknown, counter_older };
constexpr auto enum_names(Age) { return names("current", "older", "missing", "damaged", "unknown", "counter_older"); }
/// What to say and do.
std::string_view advice(Age age);

class Index {
 public:
  using Key = std::array<std::byte, 32>;
  Index(std::string folder, const Key& key, Counter& counter)
      : path_(std::move(folder) + "/keys.index"), key_(key), counter_(counter) {}

  Age open();
  /// Whether this is the file that was stored last under that name.
  bool holds(std::string_view name, std::span<const std::byte> file) const;
  /// A key was stored. 0 or an errno; EIO when the counter does not count.
  int put(std::string_view name, std::span<const std::byte> file);
  std::uint64_t value() const { return content_.value; }

 private:
  struct Entry {
    Text<40> name{};
    std::array<std::byte, 32> hash{};
    static constexpr auto fields() { return list(field<&Entry::name>("name"), field<&Entry::hash>("hash")); }
  };
  struct Content {
    std::uint64_t value{};
    bool settled{};  ///< the counter had that value
    List<Entry, 32> entries{};
    static constexpr auto fields() {
      return list(field<&Content::value>("value"), field<&Content::settled>("settled"),
                  field<&Content::entries>("entries"));
    }
  };
  std::optional<std::array<std::byte, 32>> authenticator(std::span<const std::byte> bytes) const;
  int write();
  void settle();

  std::string path_;
  Key key_;
  Counter& counter_;
  Content content_{};
};

}  // namespace bulwatt::vault
