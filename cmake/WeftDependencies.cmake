# Every library Weft stands on, found once. Nothing is downloaded; cmake/apt-packages.txt names the
# Debian packages. WeftConfig.cmake.in repeats those a user of the installed library needs.

set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL TRUE)  # a host project links them through weft::core

find_package(Threads REQUIRED)
find_package(tl-expected REQUIRED)
find_package(fmt REQUIRED)
find_package(zstd REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(Xxhash REQUIRED)
find_package(Re2 REQUIRED)
find_package(LMDB REQUIRED)
if(WEFT_ACTORS)
  find_package(CAF 0.17 REQUIRED)
  find_package(Asio REQUIRED)
  find_package(prometheus-cpp REQUIRED)
endif()

if(WEFT_TESTS)
  find_package(Catch2 2.13 REQUIRED)
  find_package(rapidcheck REQUIRED)
  find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)
endif()
if(WEFT_BENCH)
  find_package(SQLite3 REQUIRED)
endif()
