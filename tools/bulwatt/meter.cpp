// bulwatt meter: signed meter records, taken off a station and checked anywhere.
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <filesystem>
#include <iostream>
#include <map>

#include "libs/fields/dump.hpp"
#include "libs/journal/linux/file_storage.hpp"
#include "libs/ocmf/pair.hpp"
#include "libs/ocmf/signature.hpp"
#include "services/session/shelf.hpp"
#include "tools/bulwatt/command.hpp"
#include "tools/bulwatt/log.hpp"

namespace bulwatt::cli {
namespace {

namespace fs = std::filesystem;
using Bytes = std::vector<std::byte>;

Bytes der_of(EVP_PKEY* key) {
  unsigned char* der = nullptr;
  const int size = key == nullptr ? 0 : i2d_PUBKEY(key, &der);
  const auto* bytes = reinterpret_cast<const std::byte*>(der);
  Bytes out(bytes, bytes + std::max(size, 0));
  OPENSSL_free(der);
  EVP_PKEY_free(key);
  return out;
}

/// A public key, or the key of a certificate request or a certificate, as PEM; or hexadecimal as OCPP says it.
Bytes public_key(const std::string& file) {
  auto text = read_file(file);
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  if (text.starts_with(ocmf::kKeyIs)) {
    Bytes out;
    for (std::size_t i = ocmf::kKeyIs.size(); i + 1 < text.size(); i += 2)
      out.push_back(static_cast<std::byte>(std::stoi(text.substr(i, 2), nullptr, 16)));
    return out;
  }
  const auto read = [&](auto take) {
    BIO* in = BIO_new_mem_buf(text.data(), static_cast<int>(text.size()));
    auto out = der_of(take(in));
    BIO_free(in);
    return out;
  };
  auto out = read([](BIO* in) { return PEM_read_bio_PUBKEY(in, nullptr, nullptr, nullptr); });
  if (out.empty())
    out = read([](BIO* in) {
      X509_REQ* request = PEM_read_bio_X509_REQ(in, nullptr, nullptr, nullptr);
      EVP_PKEY* key = request == nullptr ? nullptr : X509_REQ_get_pubkey(request);
      X509_REQ_free(request);
      return key;
    });
  if (out.empty()) throw Failure(file + " holds no public key");
  return out;
}

struct Shown {
  std::string file;
  std::string text;
  ocmf::Record record{};
  ocmf::Payload payload{};
  bool is_twin() const { return record.algorithm.view() == enum_text(ocmf::Algorithm::ml_dsa_65); }
};

std::unique_ptr<Shown> read_shown(const std::string& file) {
  auto shown = std::make_unique<Shown>();
  shown->file = file;
  shown->text = read_file(file);
  const auto record = ocmf::read_record(shown->text);
  if (!record) throw Failure(file + " is no OCMF record: " + std::string{enum_text(record.error())});
  shown->record = *record;
  if (!ocmf::read_payload(shown->payload, record->payload)) throw Failure(file + " has no payload that OCMF describes");
  return shown;
}

std::string text_or(const auto& text, const char* otherwise) {
  return text ? std::string{text->view()} : std::string{otherwise};
}

std::string_view in_words(ocmf::Verdict verdict) {
  switch (verdict) {
    case ocmf::Verdict::bad: return "the payload or its signature was changed, or another key has signed it";
    case ocmf::Verdict::wrong_key: return "the key is not of the kind that the record names; give the meter's own";
    case ocmf::Verdict::unknown_algorithm: return "the signature is of a kind that is not checked here";
    case ocmf::Verdict::good: break;
  }
  return "";
}

std::string_view in_words(ocmf::Reason reason) {
  using ocmf::Reason;
  switch (reason) {
    case Reason::begin: return "begin";
    case Reason::charging: return "charging";
    case Reason::exception: return "exception: not to be relied on from here";
    case Reason::end: return "end";
    case Reason::ended_locally: return "ended at the station";
    case Reason::ended_remotely: return "ended by the backend";
    case Reason::aborted: return "ended by a fault";
    case Reason::power_failure: return "ended by a power failure";
    case Reason::suspended: return "suspended";
    case Reason::tariff_changed: return "new price";
  }
  return "";
}

void print(const Shown& shown) {
  const auto& payload = shown.payload;
  std::cout << shown.file << "\n  page      " << payload.page.view() << " of meter "
            << text_or(payload.meter_serial, "?") << "\n  for       " << text_or(payload.identification, "nobody known")
            << " (" << text_or(payload.identification_level, "NONE") << ")\n";
  for (const auto& reading : payload.readings) {
    std::cout << "  reading   " << (reading.reason ? in_words(*reading.reason) : "?") << "  " << reading.time.view()
              << "  " << (reading.value ? reading.value->text.view() : "none") << " " << text_or(reading.unit, "")
              << ", status " << reading.status.view() << "\n";
  }
}

class Judge {
 public:
  Judge(Bytes key, Bytes twin_key) : key_(std::move(key)), twin_key_(std::move(twin_key)) {}

  void signature(const Shown& shown) {
    const auto& key = shown.is_twin() ? twin_key_ : key_;
    if (key.empty())
      return complain(shown, shown.is_twin() ? "give its key with --twin-key" : "give its key with --key");
    const auto verdict = ocmf::check_signature(shown.record, key);
    if (verdict == ocmf::Verdict::good) std::cout << "  signature " << shown.record.algorithm.view() << ": good\n";
    else complain(shown, "NOT GOOD: " + std::string{in_words(verdict)});
  }
  /// Neither half of a record may be taken away: the payload says that there are two.
  void twin(const Shown& shown, const std::vector<std::unique_ptr<Shown>>& all) {
    if (!shown.payload.twin_key) return;
    if (!twin_key_.empty() && ocmf::fingerprint(twin_key_).view() != shown.payload.twin_key->view())
      return complain(shown, "NOT GOOD: the payload names another key for its twin than --twin-key");
    for (const auto& other : all) {
      if (other->is_twin() != shown.is_twin() && other->record.payload == shown.record.payload) return;
    }
    complain(shown, "the payload says that it was signed twice: show the other record, too");
  }
  bool good() const { return good_; }

 private:
  void complain(const Shown& shown, const std::string& sentence) {
    std::cout << "  " << shown.file << ": " << sentence << "\n";
    good_ = false;
  }
  Bytes key_;
  Bytes twin_key_;
  bool good_ = true;
};

/// Records of one transaction, in the order of their pages; twins are the same payloads again.
using Story = std::vector<const Shown*>;

std::vector<Story> stories_of(const std::vector<std::unique_ptr<Shown>>& all) {
  std::map<std::string, Story> by_transaction;
  for (const auto& shown : all) {
    if (!shown->is_twin()) by_transaction[text_or(shown->payload.transaction, "")].push_back(shown.get());
  }
  std::vector<Story> out;
  for (auto& [name, story] : by_transaction) {
    std::ranges::stable_sort(story, {}, [](const Shown* shown) { return ocmf::page_of(shown->payload.page.view()); });
    out.push_back(std::move(story));
  }
  return out;
}

/// One record alone says what its reading is and no more.
bool tell(const Story& story) {
  if (story.size() < 2) return true;
  std::vector<const ocmf::Payload*> payloads;
  for (const auto* shown : story) payloads.push_back(&shown->payload);
  const auto name = text_or(story.front()->payload.transaction, "without a name");
  const auto measured = ocmf::measure(payloads);
  if (!measured) {
    std::cout << "transaction " << name << ": NOT GOOD: " << ocmf::in_words(measured.error()) << "\n";
    return false;
  }
  std::cout << "transaction " << name << ", " << story.size() << " records\nenergy    "
            << ocmf::kwh(measured->energy_mwh).view() << " kWh\n";
  return true;
}

int verify(Arguments arguments) {
  const auto key = option(arguments, "--key");
  const auto twin_key = option(arguments, "--twin-key");
  if (arguments.empty()) throw UsageError("say which files hold records");
  Judge judge{key.empty() ? Bytes{} : public_key(key), twin_key.empty() ? Bytes{} : public_key(twin_key)};
  std::vector<std::unique_ptr<Shown>> all;
  for (const auto& file : arguments) all.push_back(read_shown(file));
  for (const auto& shown : all) {
    print(*shown);
    judge.signature(*shown);
    judge.twin(*shown, all);
  }
  bool good = judge.good();
  for (const auto& story : stories_of(all)) good = tell(story) && good;
  std::cout << (good ? "every signature holds\n" : "NOT GOOD\n");
  return good ? kGood : kFailed;
}

std::string_view view_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// However it ended.
std::string_view file_word(meter::Stage stage) {
  const bool is_end = stage == meter::Stage::end || stage >= meter::Stage::ended_locally;
  return is_end ? enum_text(meter::Stage::end) : enum_text(stage);
}

void write_out(const session::KeptRecord& record, const fs::path& folder) {
  const auto name = std::to_string(record.number) + "-" + std::string{file_word(record.stage)};
  const auto payload = view_of(record.payload.view());
  write_file(folder / (name + ".ocmf"),
             ocmf::write_record(payload, ocmf::Algorithm::ecdsa_p256, record.classical.view()) + "\n");
  if (record.twin.empty()) return;
  write_file(folder / (name + ".twin.ocmf"),
             ocmf::write_record(payload, ocmf::Algorithm::ml_dsa_65, record.twin.view()) + "\n");
}

/// What is on the shelf of session, oldest first.
int records(Arguments arguments) {
  const auto out = option(arguments, "--out");
  const auto transaction = option(arguments, "--transaction");
  if (arguments.size() != 1) throw UsageError("say session's folder, <state_folder>/session");
  journal::FileStorage storage{arguments[0], "records"};
  const auto bytes = storage.size(0);
  if (!bytes || *bytes < session::Shelf::kPlace) throw Failure("there are no signed meter records in " + arguments[0]);
  const auto places = static_cast<std::uint32_t>(*bytes / session::Shelf::kPlace);
  session::Shelf shelf{storage, places};
  std::vector<std::unique_ptr<session::KeptRecord>> found;
  for (std::uint32_t place = 0; place < places; ++place) {
    auto record = shelf.at(place);
    if (record && (transaction.empty() || record->transaction.view() == transaction))
      found.push_back(std::move(record));
  }
  std::ranges::sort(found, {}, [](const auto& record) { return record->number; });
  for (const auto& record : found) {
    std::cout << record->number << "  EVSE " << int{record->evse} << "  page " << record->page << "  "
              << enum_text(record->stage) << "  " << record->transaction.view() << "\n";
    if (!out.empty()) write_out(*record, out);
  }
  return found.empty() ? kFailed : kGood;
}

}  // namespace

int run_meter(const Arguments& given) {
  auto arguments = given;
  const auto verb = arguments.empty() ? std::string{} : arguments[0];
  if (!arguments.empty()) arguments.erase(arguments.begin());
  if (verb == "verify") return verify(arguments);
  if (verb == "records") return records(arguments);
  throw UsageError("say verify or records");
}

}  // namespace bulwatt::cli
