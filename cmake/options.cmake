# Language level, warnings, hardening, sanitizers. One place, the same for every module.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
add_compile_options(-fPIE)  # one setting for all objects, so that precompiled headers are shared
add_link_options(-pie)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1")
set(CMAKE_CXX_FLAGS_RELEASE "-O2")

set(BULWATT_SANITIZE "" CACHE STRING "address (with undefined), thread, fuzz, or empty")
option(BULWATT_COVERAGE "Instrument for line coverage" OFF)
set(BULWATT_OPENSSL_ROOT "" CACHE PATH "Prefix of OpenSSL 3.5.6 or newer with static libraries (./dev setup makes it)")

find_program(CCACHE ccache)
if(CCACHE)
  # Paths are taken relative to the tree, so that a second clone finds what the first one compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros
    CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=true ${CCACHE})
endif()

# Flags of our own code. Interface target `bulwatt_flags` carries them; nothing third-party sees them.
add_library(bulwatt_flags INTERFACE)
target_include_directories(bulwatt_flags INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/generated)
target_compile_options(bulwatt_flags INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wnon-virtual-dtor -Werror
  -fstack-protector-strong -ffile-prefix-map=${CMAKE_SOURCE_DIR}=.)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(bulwatt_flags INTERFACE -fpch-preprocess)
endif()
target_compile_definitions(bulwatt_flags INTERFACE _GNU_SOURCE _GLIBCXX_ASSERTIONS)
if(BULWATT_SANITIZE STREQUAL "")
  target_compile_definitions(bulwatt_flags INTERFACE $<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=2>)
  target_compile_options(bulwatt_flags INTERFACE -fstack-clash-protection
    $<$<STREQUAL:${CMAKE_SYSTEM_PROCESSOR},x86_64>:-fcf-protection>)
  # GCC 12 with this flag loses the first bytes of an array within an array in some temporaries that are made by braces.
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU" OR CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 14)
    target_compile_options(bulwatt_flags INTERFACE -ftrivial-auto-var-init=zero)
  endif()
  add_link_options(-Wl,-z,relro,-z,now,-z,noexecstack)
elseif(BULWATT_SANITIZE STREQUAL "address")
  # Tests have run-time type information and meet classes of libraries that have none: vptr cannot work on them.
  add_compile_options(-fsanitize=address,undefined -fno-sanitize=vptr -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
elseif(BULWATT_SANITIZE STREQUAL "thread")
  add_compile_options(-fsanitize=thread)
  add_link_options(-fsanitize=thread)
elseif(BULWATT_SANITIZE STREQUAL "fuzz")
  add_compile_options(-fsanitize=address,undefined,fuzzer-no-link -fno-sanitize=vptr -fno-sanitize-recover=all)
  add_link_options(-fsanitize=address,undefined)
else()
  message(FATAL_ERROR "BULWATT_SANITIZE is '${BULWATT_SANITIZE}'; it must be empty, address, thread or fuzz")
endif()
if(BULWATT_COVERAGE)
  add_compile_options(--coverage -O0)
  add_link_options(--coverage)
endif()

# OpenSSL by its static libraries, so that services need nothing in their file view.
if(BULWATT_OPENSSL_ROOT STREQUAL "")
  message(FATAL_ERROR "BULWATT_OPENSSL_ROOT is not set. Run ./dev setup, or ./dev build, which passes it.")
endif()
find_library(BULWATT_SSL_LIB NAMES libssl.a HINTS ${BULWATT_OPENSSL_ROOT} PATH_SUFFIXES lib lib64 lib/${CMAKE_LIBRARY_ARCHITECTURE} NO_DEFAULT_PATH REQUIRED)
find_library(BULWATT_CRYPTO_LIB NAMES libcrypto.a HINTS ${BULWATT_OPENSSL_ROOT} PATH_SUFFIXES lib lib64 lib/${CMAKE_LIBRARY_ARCHITECTURE} NO_DEFAULT_PATH REQUIRED)
add_library(bulwatt_openssl INTERFACE)
add_library(bulwatt::openssl ALIAS bulwatt_openssl)
target_include_directories(bulwatt_openssl SYSTEM INTERFACE ${BULWATT_OPENSSL_ROOT}/include)
target_link_libraries(bulwatt_openssl INTERFACE ${BULWATT_SSL_LIB} ${BULWATT_CRYPTO_LIB})
