# Finds xxHash. Defines the target Xxhash::xxhash and Xxhash_VERSION.

find_path(Xxhash_INCLUDE_DIR xxhash.h)
find_library(Xxhash_LIBRARY xxhash)
mark_as_advanced(Xxhash_INCLUDE_DIR Xxhash_LIBRARY)

if(Xxhash_INCLUDE_DIR)
  set(Xxhash_VERSION "")
  foreach(part MAJOR MINOR RELEASE)
    file(STRINGS "${Xxhash_INCLUDE_DIR}/xxhash.h" line
      REGEX "^#define XXH_VERSION_${part} +[0-9]+" LIMIT_COUNT 1)
    string(REGEX MATCH "[0-9]+$" number "${line}")
    list(APPEND Xxhash_VERSION "${number}")
  endforeach()
  list(JOIN Xxhash_VERSION "." Xxhash_VERSION)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Xxhash
  REQUIRED_VARS Xxhash_LIBRARY Xxhash_INCLUDE_DIR VERSION_VAR Xxhash_VERSION)

if(Xxhash_FOUND AND NOT TARGET Xxhash::xxhash)
  add_library(Xxhash::xxhash UNKNOWN IMPORTED)
  set_target_properties(Xxhash::xxhash PROPERTIES
    IMPORTED_LOCATION "${Xxhash_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${Xxhash_INCLUDE_DIR}")
endif()
