#include "libs/merkle/note.hpp"

#include <doctest/doctest.h>

#include <random>

#include "libs/merkle/signing.hpp"

using namespace bulwatt;
using namespace bulwatt::merkle;

namespace {

// The example of the package that defined the format.
constexpr std::string_view kKnownKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const std::string kKnownNote =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "\xe2\x80\x94 PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

Checkpoint example() {
  Checkpoint out{"example.org/station-1/log/1", 20'852'163, {}};
  out.root[3] = std::byte{7};
  return out;
}

NoteError error_of(std::string_view text) {
  const auto note = parse_note(text);
  REQUIRE_FALSE(note);
  return note.error();
}

}  // namespace

TEST_CASE("a note signed by the package that defined the format verifies, and not when a letter is another") {
  const auto key = parse_key(kKnownKey);
  REQUIRE(key);
  CHECK(write_key(*key) == kKnownKey);
  CHECK(key->id() == 0xc74f20a3);
  const auto note = parse_note(kKnownNote);
  REQUIRE(note);
  REQUIRE(note->signatures.size == 1);
  CHECK(check_signature(*note, *key).verdict == Verdict::good);
  auto changed = kKnownNote;
  changed[0] = 'i';
  CHECK(check_signature(*parse_note(changed), *key).verdict == Verdict::bad);
  auto other = *key;
  other.name = "PeterN";
  CHECK(check_signature(*note, other).verdict == Verdict::absent);
}

TEST_CASE("what is no signed note is refused with its reason") {
  const std::string line = kKnownNote.substr(kKnownNote.rfind("\n\n") + 2);
  CHECK(error_of("text\n") == NoteError::no_signatures);
  CHECK(error_of("text\n\n") == NoteError::no_signatures);
  CHECK(error_of("te\txt\n\n" + line) == NoteError::bad_character);
  CHECK(error_of("te\xff\n\n" + line) == NoteError::bad_character);
  CHECK(error_of("text\n\n- a b\n") == NoteError::bad_signature_line);
  CHECK(error_of("text\n\n" + line.substr(0, line.size() - 1)) == NoteError::bad_signature_line);
  CHECK(error_of("text\n\n\xe2\x80\x94 name AAAA\n") == NoteError::bad_signature_line);  // not even a key id
  std::string many = "text\n\n";
  for (std::size_t i = 0; i <= kMaxSignatures; ++i) many += line;
  CHECK(error_of(many) == NoteError::too_long);
  CHECK(error_of(std::string(kMaxNote + 1, 'a')) == NoteError::too_long);
  for (const std::string_view bad :
       {"", "name", "name+c74f20a3", "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "na me+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "a+00000000+AQ=="}) {
    const auto key = parse_key(bad);
    REQUIRE_FALSE(key);
    CHECK(key.error() == NoteError::bad_key);
  }
}

TEST_CASE("a checkpoint is three lines, read back as written, in one spelling only") {
  const auto text = write_checkpoint(example());
  CHECK(text == "example.org/station-1/log/1\n20852163\nAAAABwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n");
  CHECK(parse_checkpoint(text) == example());
  CHECK(parse_checkpoint(text + "extension\n") == example());
  for (const std::string_view bad :
       {"", "a\n1\n", "\n1\nAAAABwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "a\n01\nAAAABwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
        "a\n-1\nAAAABwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", "a\n1\nAAAABwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB=\n",
        "a\n1\nAAAA\n", "a\n99999999999999999999\nAAAABwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_checkpoint(bad));
  }
}

TEST_CASE("the message of an ML-DSA-44 cosignature is the structure of tlog-cosignature, byte for byte") {
  const auto message = cosigned_message("w/1", 0x0102030405060708, {"log", 0x1122, example().root});
  std::string expected{"subtree/v1\n\0\3w/1\1\2\3\4\5\6\7\10\3log\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x11\x22",
                       12 + 4 + 8 + 4 + 8 + 8};
  expected.append(reinterpret_cast<const char*>(example().root.data()), 32);
  CHECK(std::ranges::equal(message.view(), std::as_bytes(std::span{expected})));
}

TEST_CASE("all three kinds of key sign a checkpoint; a line of another name, key, time or tree is not good") {
  for (const auto type : {KeyType::ed25519, KeyType::ed25519_cosignature, KeyType::ml_dsa_44_cosignature}) {
    const auto key = SoftwareKey::make(type, "example.org/station-1/log/1");
    const auto stranger = SoftwareKey::make(type, "example.org/station-1/log/1");
    REQUIRE(key);
    REQUIRE(stranger);
    CHECK(parse_key(write_key(key->verifier())) == key->verifier());
    const auto text = write_checkpoint(example());
    const auto whole = text + "\n" + stranger->line(example(), 5) + key->line(example(), 1'700'000'000);
    const auto note = parse_note(whole);
    REQUIRE(note);
    CHECK(note->text == text);
    const auto checked = check_signature(*note, key->verifier());
    CHECK(checked.verdict == Verdict::good);
    CHECK(checked.seconds == (type == KeyType::ed25519 ? 0 : 1'700'000'000));
    auto other = example();
    ++other.size;
    const auto forged = write_checkpoint(other) + "\n" + key->line(example(), 1'700'000'000);
    CHECK(check_signature(*parse_note(forged), key->verifier()).verdict == Verdict::bad);
    auto later = *note;
    later.signatures[1].bytes.data[7] ^= std::byte{1};  // the time, or a byte of the signature
    CHECK(check_signature(later, key->verifier()).verdict == Verdict::bad);
    later.signatures[1].bytes.size = 5;
    CHECK(check_signature(later, key->verifier()).verdict == Verdict::bad);
    const auto strange = text + "\n" + stranger->line(example());
    CHECK(check_signature(*parse_note(strange), key->verifier()).verdict == Verdict::absent);
  }
  CHECK_FALSE(SoftwareKey::make(KeyType::ed25519, "no blanks"));
}

TEST_CASE("no changed byte of a note is taken for good") {
  const auto key = parse_key(kKnownKey);
  REQUIRE(key);
  for (std::size_t at = 0; at < kKnownNote.size(); ++at) {
    auto changed = kKnownNote;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    const auto note = parse_note(changed);
    if (!note) continue;
    CHECK(check_signature(*note, *key).verdict != Verdict::good);
  }
}
