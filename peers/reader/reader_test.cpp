#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "peers/reader/pty.hpp"
#include "peers/reader/token.hpp"
#include "peers/simbus/options.hpp"

using namespace bulwatt;
using namespace bulwatt::reader;

namespace {

struct TempDir {
  std::filesystem::path path;
  TempDir() {
    std::string name = (std::filesystem::temp_directory_path() / "bulwatt-reader-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~TempDir() { std::filesystem::remove_all(path); }
};

}  // namespace

TEST_CASE("a swipe has a token and a known type") {
  const Swipe plain = swipe_of({"04A2B3C4D5E6F7"});
  CHECK(plain.token == "04A2B3C4D5E6F7");
  CHECK(plain.type == "ISO14443");
  CHECK(swipe_of({std::string(36, 'x'), "Central"}).type == "Central");
}

TEST_CASE("tokens that no reader sends are refused with a sentence") {
  const char* sentence = "a token has 1 to 36 printable ASCII characters without spaces";
  for (const std::string& token : {std::string(), std::string(37, 'x'), std::string("a b"), std::string("a\nb"),
                                   std::string("a\0b", 3), std::string("ä"), std::string("\x7f")}) {
    CAPTURE(token);
    CHECK_THROWS_WITH_AS(swipe_of({token}), sentence, simbus::BadUsage);
  }
  CHECK_THROWS_WITH(swipe_of({}), "'swipe' needs a token and may have a type");
  CHECK_THROWS_WITH(swipe_of({"A", "Local", "x"}), "'swipe' needs a token and may have a type");
  CHECK_THROWS_WITH(swipe_of({"A", "RFID"}),
                    "the type 'RFID' is none of ISO14443, ISO15693, Central, eMAID, KeyCode, Local, MacAddress");
}

TEST_CASE("a line written to the reader is read at the link, unchanged and without echo") {
  const TempDir dir;
  const std::string link = (dir.path / "rfid").string();
  {
    Pty pty(link);
    const simbus::Fd station(::open(link.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
    REQUIRE(station);
    REQUIRE(pty.write_line("04A2B3C4"));
    pollfd waiting{station.get(), POLLIN, 0};
    REQUIRE(::poll(&waiting, 1, 5000) == 1);
    std::array<char, 64> bytes{};
    const ssize_t count = ::read(station.get(), bytes.data(), bytes.size());
    CHECK(std::string(bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))) == "04A2B3C4\n");
    pollfd echo{pty.fd(), POLLIN, 0};
    CHECK(::poll(&echo, 1, 0) == 0);
    REQUIRE(::write(station.get(), "x", 1) == 1);
    CHECK(::poll(&echo, 1, 5000) == 1);
    pty.discard_input();
    CHECK(::poll(&echo, 1, 0) == 0);
  }
  CHECK_FALSE(std::filesystem::exists(std::filesystem::symlink_status(link)));
}

TEST_CASE("an old link is replaced, a file is not") {
  const TempDir dir;
  const std::string link = (dir.path / "rfid").string();
  std::filesystem::create_symlink("/nonexistent", link);
  CHECK_NOTHROW(Pty{link});
  std::ofstream(link) << "precious";
  CHECK_THROWS_WITH(Pty{link}, ("'" + link + "' exists and is not a symbolic link").c_str());
  CHECK(std::filesystem::file_size(link) == 8);
}
