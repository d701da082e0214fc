// Where signed meter records stay on the station: the latest ones, each in a place of its own, durable when it is put there.
#pragma once
#include <memory>

#include "interfaces/session.hpp"
#include "libs/journal/frame.hpp"
#include "libs/journal/storage.hpp"

namespace bulwatt::session {

struct KeptRecord {
  static constexpr std::uint8_t kRecord = 1;
  static constexpr std::uint8_t kVersion = 1;
  std::uint64_t number{};
  std::uint8_t evse{};
  TransactionId transaction{};
  meter::Stage stage{};
  std::uint64_t page{};
  Octets<meter::kMaxPayload> payload{};
  Octets<meter::kMaxClassical> classical{};
  Octets<meter::kMaxTwin> twin{};
  Octets<meter::kMaxClassicalKey> key{};  ///< public half of the one that made `classical`
  static constexpr auto fields() {
    using K = KeptRecord;
    return list(field<&K::number>("number"), field<&K::evse>("evse"), field<&K::transaction>("transaction"),
                field<&K::stage>("stage"), field<&K::page>("page"), field<&K::payload>("payload"),
                field<&K::classical>("classical"), field<&K::twin>("twin"), field<&K::key>("key"));
  }
};

class Shelf {
 public:
  static constexpr std::size_t kPlace = 8 * 1024;

  Shelf(journal::Storage& storage, std::uint32_t places) : storage_(storage), places_(places) {}
  /// Takes the room.
  std::expected<void, journal::Error> open();
  /// Over the one that has `places` less. Durable when it returns.
  std::expected<void, journal::Error> put(const KeptRecord& record);
  /// Nothing when it is not there any more, or was changed.
  std::unique_ptr<KeptRecord> get(std::uint64_t number);
  /// Places in use from the beginning: for those who look at a copy of the file.
  std::unique_ptr<KeptRecord> at(std::uint32_t place);

 private:
  std::uint32_t place_of(std::uint64_t number) const { return static_cast<std::uint32_t>(number % places_); }
  journal::Storage& storage_;
  std::uint32_t places_;
  journal::Batch batch_{};
};

}  // namespace bulwatt::session
