# Finds the C++ Actor Framework, 0.17 as Debian packages it.
#   find_package(CAF 0.17 REQUIRED COMPONENTS core io openssl)
# Components: core (always), io, openssl. Defines the targets CAF::core, CAF::io and CAF::openssl,
# each linking those it needs, and CAF_VERSION.

if(NOT CAF_FIND_COMPONENTS)
  set(CAF_FIND_COMPONENTS core)
endif()
list(PREPEND CAF_FIND_COMPONENTS core)
if("openssl" IN_LIST CAF_FIND_COMPONENTS)
  list(APPEND CAF_FIND_COMPONENTS io)
endif()
list(REMOVE_DUPLICATES CAF_FIND_COMPONENTS)

find_path(CAF_INCLUDE_DIR caf/config.hpp)
mark_as_advanced(CAF_INCLUDE_DIR)
if(CAF_INCLUDE_DIR)
  file(STRINGS "${CAF_INCLUDE_DIR}/caf/config.hpp" line REGEX "^#define CAF_VERSION +[0-9]+")
  string(REGEX MATCH "[0-9]+$" number "${line}")  # major * 10000 + minor * 100 + patch
  math(EXPR major "${number} / 10000")
  math(EXPR minor "${number} / 100 % 100")
  math(EXPR patch "${number} % 100")
  set(CAF_VERSION "${major}.${minor}.${patch}")
endif()

set(header_core caf/actor_system.hpp)
set(header_io caf/io/middleman.hpp)
set(header_openssl caf/openssl/manager.hpp)
foreach(part IN LISTS CAF_FIND_COMPONENTS)
  find_library(CAF_${part}_LIBRARY caf_${part})
  mark_as_advanced(CAF_${part}_LIBRARY)
  if(CAF_${part}_LIBRARY AND EXISTS "${CAF_INCLUDE_DIR}/${header_${part}}")
    set(CAF_${part}_FOUND TRUE)
  endif()
endforeach()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(CAF
  REQUIRED_VARS CAF_core_LIBRARY CAF_INCLUDE_DIR VERSION_VAR CAF_VERSION HANDLE_COMPONENTS)

if(CAF_FOUND)
  find_package(Threads REQUIRED)
  foreach(part IN LISTS CAF_FIND_COMPONENTS)
    if(CAF_${part}_FOUND AND NOT TARGET CAF::${part})
      add_library(CAF::${part} UNKNOWN IMPORTED)
      set_target_properties(CAF::${part} PROPERTIES
        IMPORTED_LOCATION "${CAF_${part}_LIBRARY}"
        INTERFACE_INCLUDE_DIRECTORIES "${CAF_INCLUDE_DIR}")
    endif()
  endforeach()
  set_property(TARGET CAF::core PROPERTY INTERFACE_LINK_LIBRARIES Threads::Threads)
  if(TARGET CAF::io)
    set_property(TARGET CAF::io PROPERTY INTERFACE_LINK_LIBRARIES CAF::core)
  endif()
  if(TARGET CAF::openssl)
    find_package(OpenSSL REQUIRED)
    set_property(TARGET CAF::openssl PROPERTY
      INTERFACE_LINK_LIBRARIES CAF::io OpenSSL::SSL OpenSSL::Crypto)
  endif()
endif()
