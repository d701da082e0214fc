#include "libs/journal/frame.hpp"

#include "libs/journal/crc32c_long.hpp"

namespace bulwatt::journal {
namespace {

constexpr std::size_t kChecked = 8;  // the checksum covers everything from here

template <class U>
U load(std::span<const std::byte> bytes, std::size_t at) {
  U value{};
  for (std::size_t i = 0; i < sizeof(U); ++i)
    value = static_cast<U>(value | (std::to_integer<U>(bytes[at + i]) << (8 * i)));
  return value;
}

template <class U>
void store(std::span<std::byte> bytes, std::size_t at, U value) {
  for (std::size_t i = 0; i < sizeof(U); ++i) bytes[at + i] = static_cast<std::byte>(value >> (8 * i));
}

}  // namespace

std::optional<Frame> read_frame(std::span<const std::byte> bytes) {
  if (bytes.size() < kHeaderSize) return std::nullopt;
  const auto body = load<std::uint32_t>(bytes, 0);
  if (body > kMaxBody || padded(kHeaderSize + body) > bytes.size()) return std::nullopt;
  const auto role = std::to_integer<std::uint8_t>(bytes[20]);
  const auto generation = load<std::uint32_t>(bytes, 16);
  if (role >= enum_names(Role{}).size() || generation == 0) return std::nullopt;
  if (crc32c_long(bytes.subspan(kChecked, kHeaderSize - kChecked + body)) != load<std::uint32_t>(bytes, 4))
    return std::nullopt;
  return Frame{load<std::uint64_t>(bytes, 8), generation, static_cast<Role>(role), bytes.subspan(kHeaderSize, body),
               padded(kHeaderSize + body)};
}

std::size_t finish_frame(std::span<std::byte> out, std::size_t body, std::uint64_t sequence, std::uint32_t generation,
                         Role role) {
  store(out, 0, static_cast<std::uint32_t>(body));
  store(out, 8, sequence);
  store(out, 16, generation);
  store(out, 20, std::uint32_t{std::to_underlying(role)});
  const auto used = kHeaderSize + body;
  std::ranges::fill(out.subspan(used, padded(used) - used), std::byte{});
  store(out, 4, crc32c_long(out.subspan(kChecked, used - kChecked)));
  return padded(used);
}

std::optional<Entry> next_entry(std::span<const std::byte>& body, bool& malformed) {
  if (body.empty()) return std::nullopt;
  malformed = true;
  if (body.size() < kEntryHeader) return std::nullopt;
  const std::size_t size = load<std::uint16_t>(body, 2);
  if (body.size() - kEntryHeader < size) return std::nullopt;
  malformed = false;
  const Entry entry{std::to_integer<std::uint8_t>(body[0]), std::to_integer<std::uint8_t>(body[1]),
                    body.subspan(kEntryHeader, size)};
  body = body.subspan(kEntryHeader + size);
  return entry;
}

bool Batch::add(std::uint8_t kind, std::uint8_t version, std::span<const std::byte> bytes) {
  if (kMaxBody - size_ < kEntryHeader + bytes.size()) return false;
  const auto at = std::span{bytes_}.subspan(kHeaderSize + size_);
  at[0] = static_cast<std::byte>(kind);
  at[1] = static_cast<std::byte>(version);
  store(at, 2, static_cast<std::uint16_t>(bytes.size()));
  std::ranges::copy(bytes, at.begin() + kEntryHeader);
  size_ += kEntryHeader + bytes.size();
  return true;
}

std::span<const std::byte> Batch::frame_and_end(std::uint64_t sequence, std::uint32_t generation, Role role) {
  const auto size = finish_frame(bytes_, size_, sequence, generation, role);
  std::ranges::fill(std::span{bytes_}.subspan(size, kAlign), std::byte{});
  return std::span<const std::byte>{bytes_}.first(size + kAlign);
}

}  // namespace bulwatt::journal
