#include "libs/journal/linux/file_storage.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "libs/journal/journal.hpp"

using namespace bulwatt;
using namespace bulwatt::journal;

namespace {

struct Folder {
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "bulwatt-journal-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

}  // namespace

TEST_CASE("a missing file has size 0 and reads nothing") {
  const Folder folder;
  FileStorage storage{folder.path.string(), "journal"};
  CHECK(storage.size(0) == 0U);
  std::array<std::byte, 8> bytes{};
  CHECK(storage.read(0, 0, bytes) == 0U);
  CHECK_FALSE(storage.write(0, 0, bytes));
}

TEST_CASE("a journal on real files is what a second program finds") {
  const Folder folder;
  {
    FileStorage storage{folder.path.string(), "journal"};
    Journal journal{storage, kLeastCapacity};
    REQUIRE(journal.open([](const Entry&) { return true; }));
    const std::array<std::byte, 4> bytes{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
    REQUIRE(journal.batch().add(9, 1, bytes));
    REQUIRE(journal.commit());
  }
  CHECK(std::filesystem::file_size(folder.path / "journal.0") == (kLeastCapacity + kAlign - 1) / kAlign * kAlign);
  FileStorage storage{folder.path.string(), "journal"};
  Journal journal{storage, kLeastCapacity};
  int seen = 0;
  const auto opened = journal.open([&](const Entry& entry) {
    ++seen;
    return entry.kind == 9 && entry.bytes.size() == 4 && entry.bytes[3] == std::byte{4};
  });
  REQUIRE(opened);
  CHECK_FALSE(opened->damaged);
  CHECK(seen == 1);
}

TEST_CASE("a file that may not grow is reported as full") {
  const Folder folder;
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{4096, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  FileStorage storage{folder.path.string(), "journal"};
  const auto reserved = storage.reserve(0, 65536);
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  REQUIRE_FALSE(reserved);
  CHECK(reserved.error() == Error::full);
}

TEST_CASE("a folder that does not exist is a storage error with its number") {
  FileStorage storage{"/nonexistent/bulwatt", "journal"};
  const auto reserved = storage.reserve(0, 4096);
  REQUIRE_FALSE(reserved);
  CHECK(reserved.error() == Error::storage);
  CHECK(storage.last_error() == ENOENT);
}

TEST_CASE("more files than stay open are all reachable") {
  const Folder folder;
  FileStorage storage{folder.path.string(), "part"};
  for (std::uint32_t i = 0; i < 20; ++i) {
    REQUIRE(storage.reserve(i, 64));
    const std::array<std::byte, 1> mark{static_cast<std::byte>(i)};
    REQUIRE(storage.write(i, 3, mark));
  }
  for (std::uint32_t i = 0; i < 20; ++i) {
    std::array<std::byte, 4> bytes{};
    REQUIRE(storage.read(i, 0, bytes));
    CHECK(bytes[3] == static_cast<std::byte>(i));
  }
}
