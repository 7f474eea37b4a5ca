# Installation: libraries, headers, and a CMake package with the find modules it needs, because
# Debian ships no CMake package for xxHash, RE2, LMDB and CAF.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(WEFT_PACKAGE_DIR "${CMAKE_INSTALL_LIBDIR}/cmake/Weft")

# A library of ours, without headers: those come with the module it is part of.
function(weft_install_library name)
  set_property(GLOBAL APPEND PROPERTY WEFT_INSTALLED weft_${name})
  install(TARGETS weft_${name} EXPORT WeftTargets)
endfunction()

function(weft_install_module name)
  weft_install_library(${name})
  install(DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}/" DESTINATION include/weft/${name}
    FILES_MATCHING PATTERN "*.hpp" PATTERN "*.def"
    PATTERN "socket_thread.hpp" EXCLUDE) # inside fabric, and needs Asio
endfunction()

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/WeftConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/WeftConfig.cmake" INSTALL_DESTINATION "${WEFT_PACKAGE_DIR}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/WeftConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)

install(EXPORT WeftTargets NAMESPACE weft:: DESTINATION "${WEFT_PACKAGE_DIR}")
install(FILES
  "${PROJECT_BINARY_DIR}/WeftConfig.cmake" "${PROJECT_BINARY_DIR}/WeftConfigVersion.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/FindCAF.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/FindLMDB.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/FindRe2.cmake"
  "${PROJECT_SOURCE_DIR}/cmake/FindXxhash.cmake"
  DESTINATION "${WEFT_PACKAGE_DIR}")
