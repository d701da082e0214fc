#include "services/supervisor/outside_view.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace bulwatt;
using namespace bulwatt::supervisor;
using sandbox::Layer;

namespace {

constexpr std::uint32_t kUser = 61003;

struct Status {
  std::string privs = "1";
  std::string filter = "2";
  std::string filters = "2";
  std::string caps = "0000000000000000";
  std::string bounding = "0000000000000000";
  std::string uid = "61003\t61003\t61003\t61003";
  std::string groups = "";
  std::string threads = "1";
  std::string locked = "128 kB";
  std::string text() const {
    std::string s = "Name:\tx\nUid:\t" + uid + "\nGid:\t61003\t61003\t61003\t61003\nGroups:\t" + groups + "\n";
    s += "VmLck:\t     " + locked + "\n";
    for (const auto* key : {"CapInh:", "CapPrm:", "CapEff:", "CapAmb:"}) s += std::string{key} + "\t" + caps + "\n";
    return s + "CapBnd:\t" + bounding + "\nThreads:\t" + threads + "\nNoNewPrivs:\t" + privs + "\nSeccomp:\t" + filter +
           "\nSeccomp_filters:\t" + filters + "\n";
  }
};
constexpr auto kAll =
    sandbox::bits(Layer::no_new_privileges, Layer::filter_launch, Layer::filter_steady, Layer::no_capabilities,
                  Layer::own_user, Layer::memory_locked, Layer::limits, Layer::mount_view);
Denial judged(const Status& status, sandbox::Layers claimed = kAll) {
  return judge_status(status.text(), claimed, kUser, true);
}

constexpr std::string_view kLimits =
    "Limit                     Soft Limit           Hard Limit           Units     \n"
    "Max file size             4194304              4194304              bytes     \n"
    "Max core file size        0                    0                    bytes     \n"
    "Max processes             0                    0                    processes \n"
    "Max open files            32                   32                   files     \n"
    "Max address space         134217728            134217728            bytes     \n";
constexpr ExpectedLimits kGranted{134217728, 4194304, 32};

constexpr std::string_view kRoot = "900 890 0:99 / / ro,nosuid,nodev,noexec,relatime - tmpfs none rw,size=64k\n";
constexpr std::string_view kState = "901 900 254:0 /var/x /state rw,nosuid,nodev,noexec,relatime - ext4 /dev/vda rw\n";
constexpr std::string_view kLibrary =
    "902 900 254:0 /lib/c /lib/libc.so.6 ro,nosuid,nodev,relatime - ext4 /dev/vda rw\n";
constexpr ExpectedMount kView[] = {{"state", false, false}, {"lib/libc.so.6", true, true}};

}  // namespace

TEST_CASE("a locked service is as it claims") { CHECK(judged({}).layers == 0); }

TEST_CASE("a process that its filter is just ending had a filter") { CHECK(judged({.filter = "3"}).layers == 0); }

TEST_CASE("every difference of the status denies its layer and has its sentence") {
  const auto denies = [](const Status& status, Layer layer, std::string_view sentence) {
    const auto denial = judged(status);
    CHECK((denial.layers & bit(layer)) != 0);
    CHECK(denial.sentence == sentence);
    CHECK((judged(status, kAll & ~bit(layer)).layers & bit(layer) & ~bit(Layer::filter_steady)) == 0);
  };
  denies({.privs = "0"}, Layer::no_new_privileges, "no_new_privs is not set");
  denies({.filter = "0"}, Layer::filter_steady, "no system call filter");
  denies({.filter = "0"}, Layer::filter_launch, "no system call filter");
  denies({.filters = "1"}, Layer::filter_steady, "fewer call filters than claimed");
  denies({.caps = "0000000000000400"}, Layer::no_capabilities, "capabilities are left");
  denies({.bounding = "000001ffffffffff"}, Layer::no_capabilities, "capabilities are left");
  denies({.uid = "0\t0\t0\t0"}, Layer::own_user, "it runs as another user than its own");
  denies({.uid = "61003\t61003\t0\t61003"}, Layer::own_user, "it runs as another user than its own");
  denies({.groups = "0 27"}, Layer::own_user, "it kept a group of the supervisor");
  denies({.threads = "2"}, Layer::filter_steady, "more than one thread");
  denies({.locked = "0 kB"}, Layer::memory_locked, "no memory is locked");
}

TEST_CASE("an empty text confirms nothing") {
  CHECK(judge_status("", kAll, kUser, true).layers != 0);
  CHECK(judge_limits("", kAll, kGranted).layers == bit(Layer::limits));
  CHECK(judge_mounts("", kAll, {}).layers == bit(Layer::mount_view));
}

TEST_CASE("what is not claimed is not held against a service") {
  CHECK(judged({.privs = "0", .filter = "0", .filters = "0", .caps = "ff", .uid = "0 0 0 0", .locked = "0 kB"}, 0)
            .layers == 0);
  CHECK(judge_limits("", 0, kGranted).layers == 0);
  CHECK(judge_mounts("", 0, {}).layers == 0);
}

TEST_CASE("limits may be lower than granted and not higher, now or later") {
  CHECK(judge_limits(kLimits, kAll, kGranted).layers == 0);
  CHECK(judge_limits(kLimits, kAll, {134217728, 4194304, 64}).layers == 0);
  CHECK(judge_limits(kLimits, kAll, {134217728, 4194304, 31}).sentence == "a limit is higher than granted");
  CHECK(judge_limits(kLimits, kAll, {134217727, 4194304, 32}).layers == bit(Layer::limits));
  std::string raised{kLimits};
  raised.replace(raised.find("4194304              4194304"), 28, "4194304              unlimited");
  CHECK(judge_limits(raised, kAll, kGranted).layers == bit(Layer::limits));
}

TEST_CASE("a file view is exactly the granted one") {
  const std::string good = std::string{kRoot} + std::string{kState} + std::string{kLibrary};
  CHECK(judge_mounts(good, kAll, kView).layers == 0);
  CHECK(judge_mounts(std::string{kRoot} + std::string{kState}, kAll, kView).sentence ==
        "its file view is not the granted one");
  CHECK(judge_mounts(good + "903 900 0:5 / /proc ro,nosuid,nodev,noexec - proc proc rw\n", kAll, kView).sentence ==
        "it sees a file or folder that was not granted");
  for (const std::string_view option : {"nosuid", "nodev", "noexec"}) {
    std::string weaker = good;
    weaker.replace(weaker.find(option), option.size(), "sync");
    CHECK(judge_mounts(weaker, kAll, kView).sentence == "it may do more with a file or folder than granted");
  }
  std::string writable = good;
  writable.replace(writable.find("ro,"), 3, "rw,");
  CHECK(judge_mounts(writable, kAll, kView).layers == bit(Layer::mount_view));
}

TEST_CASE("a descriptor is of the kind its number stands for, or something a service may make") {
  CHECK(is_kind("/dev/null", Kind::nothing));
  CHECK_FALSE(is_kind("/dev/mem", Kind::nothing));
  CHECK(is_kind("socket:[7]", Kind::socket));
  CHECK_FALSE(is_kind("pipe:[7]", Kind::socket));
  CHECK(is_kind("/dev/pts/3", Kind::device));
  CHECK_FALSE(is_kind("socket:[7]", Kind::device));
  CHECK(is_kind("/dev/tpmrm0", Kind::served));
  CHECK(is_kind("socket:[7]", Kind::served));
  CHECK_FALSE(is_kind("pipe:[7]", Kind::served));
  CHECK(is_own("anon_inode:[eventpoll]", false, false));
  CHECK(is_own("socket:[9]", true, false));
  CHECK_FALSE(is_own("socket:[9]", false, true));
  CHECK(is_own("/state/journal-1", false, true));
  CHECK_FALSE(is_own("/state/journal-1", false, false));
  CHECK_FALSE(is_own("/etc/shadow", true, true));
  CHECK_FALSE(is_own("/statement", true, true));
}
