// The files of a ledger in a folder.
#pragma once
#include "libs/journal/linux/file_storage.hpp"
#include "services/ledger/files.hpp"

namespace bulwatt::ledger {

class FolderFiles {
 public:
  explicit FolderFiles(std::string_view folder)
      : records_(folder, "records"),
        leaves_(folder, "leaves"),
        nodes_(folder, "nodes"),
        seals_(folder, "seal"),
        checkpoints_(folder, "checkpoint"),
        witnessed_(folder, "witnessed"),
        mirrored_(folder, "mirrored") {}
  Files files() { return {records_, leaves_, nodes_, seals_, checkpoints_, witnessed_, mirrored_}; }

 private:
  journal::FileStorage records_, leaves_, nodes_, seals_, checkpoints_, witnessed_, mirrored_;
};

}  // namespace bulwatt::ledger
