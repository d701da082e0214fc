// Owning pointers for what a C library gives away: std::unique_ptr<BIO, Freed<BIO_free>>.
#pragma once

namespace bulwatt {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

}  // namespace bulwatt
