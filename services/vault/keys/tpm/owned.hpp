// Things of the TPM stack that are given back when they go.
#pragma once
#include "services/vault/keys/tpm/device.hpp"

namespace bulwatt::vault::keys::tpm {

/// A structure that the stack allocated.
template <class T>
class Owned {
 public:
  explicit Owned(const Esapi& api) : api_(api) {}
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  ~Owned() {
    if (object_ == nullptr) return;
    OPENSSL_cleanse(object_, sizeof(T));
    api_.Free(object_);
  }
  T** out() { return &object_; }
  const T& operator*() const { return *object_; }
  const T* operator->() const { return object_; }

 private:
  const Esapi& api_;
  T* object_ = nullptr;
};

/// A key, sealed item or session in one of the TPM's few places.
class Transient {
 public:
  explicit Transient(Device& device, ESYS_TR handle = ESYS_TR_NONE) : device_(device), handle_(handle) {}
  Transient(const Transient&) = delete;
  Transient& operator=(const Transient&) = delete;
  ~Transient() {
    if (handle_ == ESYS_TR_NONE) return;
    // Where the TPM does not take it back (it is gone, or was reset), at least the stack's own part goes.
    if (device_.api().FlushContext(device_.context(), handle_) != TSS2_RC_SUCCESS)
      device_.api().TR_Close(device_.context(), &handle_);
  }
  ESYS_TR* out() { return &handle_; }
  ESYS_TR get() const { return handle_; }
  ESYS_TR keep() { return std::exchange(handle_, ESYS_TR_NONE); }

 private:
  Device& device_;
  ESYS_TR handle_;
};

}  // namespace bulwatt::vault::keys::tpm
