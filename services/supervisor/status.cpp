#include "services/supervisor/status.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bulwatt::supervisor {
namespace {
constexpr std::uint64_t kMagic = 0x3153'5441'5457'4c42;  // "BLWTATS1", the first bytes of the file
constexpr int kTries = 5;

std::uint32_t checksum(std::span<const std::byte> bytes) {
  std::uint32_t crc = 0xffff'ffff;
  for (const auto b : bytes) {
    crc ^= std::to_integer<std::uint32_t>(b);
    for (int k = 0; k < 8; ++k) crc = (crc >> 1) ^ (0xedb8'8320U & (0U - (crc & 1U)));
  }
  return ~crc;
}

struct Header {
  std::uint64_t magic{};
  std::uint64_t generation{};
  std::uint32_t size{};
  std::uint32_t crc{};
  static constexpr auto fields() {
    return list(field<&Header::magic>("magic"), field<&Header::generation>("generation"), field<&Header::size>("size"),
                field<&Header::crc>("crc"));
  }
};
static_assert(wire::max_size<Header>() == kStatusHeader);
}  // namespace

void encode_status(const Status& status, std::uint64_t generation, StatusBuffer& out) {
  out.fill(std::byte{});
  const auto size = wire::encode(status, std::span{out}.subspan(kStatusHeader));
  const Header header{kMagic, generation, static_cast<std::uint32_t>(size),
                      checksum(std::span{out}.subspan(kStatusHeader, size))};
  wire::encode(header, out);
}

std::expected<Status, StatusError> decode_status(std::span<const std::byte> file) {
  if (file.size() < kStatusHeader) return std::unexpected(StatusError::not_a_status_file);
  const auto header = wire::decode<Header>(file.first(kStatusHeader));
  if (!header || header->magic != kMagic) return std::unexpected(StatusError::not_a_status_file);
  if (file.size() != kStatusFileSize || header->size > file.size() - kStatusHeader)
    return std::unexpected(StatusError::other_build);
  const auto body = file.subspan(kStatusHeader, header->size);
  if (checksum(body) != header->crc) return std::unexpected(StatusError::being_written);
  auto status = wire::decode<Status>(body);
  if (!status) return std::unexpected(StatusError::other_build);
  return *std::move(status);
}

std::expected<Status, StatusError> read_status(const char* path) {
  const int file = ::open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::unexpected(StatusError::no_file);
  StatusBuffer buffer{};
  auto status = std::expected<Status, StatusError>{std::unexpected(StatusError::being_written)};
  for (int i = 0; i < kTries && !status && status.error() == StatusError::being_written; ++i) {
    const auto n = ::pread(file, buffer.data(), buffer.size(), 0);
    status = decode_status(std::span<const std::byte>{buffer}.first(n > 0 ? static_cast<std::size_t>(n) : 0));
  }
  ::close(file);
  return status;
}

}  // namespace bulwatt::supervisor
