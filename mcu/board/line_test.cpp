#include "mcu/board/line.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <vector>

using namespace bulwatt;
using namespace bulwatt::board;

namespace {
struct Folder {
  std::string path = [] {
    std::string name = std::filesystem::temp_directory_path() / "board-line-XXXXXX";
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    return name;
  }();
  ~Folder() { std::filesystem::remove_all(path); }
};
simbus::Fd open_line(const std::string& path) {
  simbus::Fd fd{::open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)};
  REQUIRE(static_cast<bool>(fd));
  return fd;
}
// Every byte value: a line that is not raw would translate or swallow some.
std::vector<std::byte> all_bytes() {
  std::vector<std::byte> bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<std::byte>(i));
  return bytes;
}
std::vector<std::byte> read_all(Line& line) {
  std::array<std::byte, 1024> buffer{};
  const auto got = line.read(buffer);
  return {got.begin(), got.end()};
}
}  // namespace

TEST_CASE("every byte passes both ways unchanged, also after the other end was opened again") {
  const Folder folder;
  Line line(folder.path + "/mcu");
  for (int round = 0; round < 3; ++round) {
    CHECK(read_all(line).empty());
    CHECK_FALSE(line.open());
    line.write(all_bytes());  // Nobody there: lost, and not kept for the next one.

    const auto host = open_line(line.path());
    CHECK(read_all(line).empty());
    CHECK(line.open());
    std::array<std::byte, 512> buffer{};
    CHECK(::read(host.get(), buffer.data(), buffer.size()) < 0);

    const auto bytes = all_bytes();
    CHECK(::write(host.get(), bytes.data(), bytes.size()) == 256);
    CHECK(read_all(line) == bytes);
    line.write(bytes);
    REQUIRE(::read(host.get(), buffer.data(), buffer.size()) == 256);
    CHECK(std::equal(bytes.begin(), bytes.end(), buffer.begin()));
  }
}

TEST_CASE("a reader that does not read makes the line lose frames, not block") {
  const Folder folder;
  Line line(folder.path + "/mcu");
  const auto host = open_line(line.path());
  read_all(line);
  for (int i = 0; i < 1'000; ++i) line.write(all_bytes());
  CHECK(line.open());
}

TEST_CASE("the link replaces an older link, is removed at the end, and nothing else is touched") {
  const Folder folder;
  const std::string path = folder.path + "/mcu";
  std::filesystem::create_symlink("/nowhere", path);
  {
    const Line line(path);
    CHECK(std::filesystem::is_symlink(path));
    CHECK(std::filesystem::read_symlink(path).string().starts_with("/dev/pts/"));
  }
  CHECK_FALSE(std::filesystem::is_symlink(path));
  {
    const Line line(path);
    std::filesystem::remove(path);
    std::filesystem::create_symlink("/elsewhere", path);
  }
  CHECK(std::filesystem::read_symlink(path) == "/elsewhere");
  std::ofstream(folder.path + "/file") << "keep";
  CHECK_THROWS_WITH(Line(folder.path + "/file"), (folder.path + "/file exists and is no symbolic link").c_str());
  CHECK_THROWS(Line("/no/such/folder/mcu"));
}
