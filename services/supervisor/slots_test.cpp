#include "services/supervisor/slots.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

using namespace bulwatt::supervisor;
namespace fs = std::filesystem;

namespace {
struct Folder {
  std::string path = [] {
    char name[] = "/tmp/bulwatt-slots-XXXXXX";
    REQUIRE(::mkdtemp(name) != nullptr);
    return std::string{name};
  }();
  ~Folder() { fs::remove_all(path); }
  Slots slots(std::string_view file = "/other-slot") const {
    Slots out;
    out.configure(Path{path + std::string{file}});
    return out;
  }
};
}  // namespace

TEST_CASE("a machine with one slot says so") { CHECK(Slots{}.ask() == SlotAnswer::no_other_slot); }

TEST_CASE("the request is a whole file that names the boot it comes from") {
  const Folder folder;
  CHECK(folder.slots().ask() == SlotAnswer::requested);
  std::stringstream text;
  text << std::ifstream{folder.path + "/other-slot"}.rdbuf();
  std::string boot;
  std::getline(std::ifstream{"/proc/sys/kernel/random/boot_id"}, boot);
  CHECK(text.str() == "request=other-slot\nboot=" + boot + "\n");
  CHECK_FALSE(fs::exists(folder.path + "/other-slot.new"));
}

TEST_CASE("asked for once; again only after what runs was confirmed") {
  const Folder folder;
  auto slots = folder.slots();
  REQUIRE(slots.ask() == SlotAnswer::requested);
  CHECK(slots.ask() == SlotAnswer::already_tried);
  CHECK(folder.slots().ask() == SlotAnswer::already_tried);  // the supervisor after the restart
  slots.confirm();
  CHECK(slots.ask() == SlotAnswer::requested);
}

TEST_CASE("a request that cannot be written is a failure, not a restart") {
  const Folder folder;
  CHECK(folder.slots("/no/such/folder").ask() == SlotAnswer::failed);
}

TEST_CASE("the request is not written through a link somebody left there") {
  const Folder folder;
  fs::create_symlink("/etc/bulwatt-stolen", folder.path + "/other-slot.new");
  CHECK(folder.slots().ask() == SlotAnswer::failed);
}
