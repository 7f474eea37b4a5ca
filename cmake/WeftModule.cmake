# weft_module(<name>
#   SOURCES       <files>    relative to the calling folder, listed one by one
#   USES          <modules>  other modules this one may include; nothing else is visible to it
#   LINKS         <targets>  libraries that show in this module's headers
#   PRIVATE_LINKS <targets>  libraries that only its .cpp files use
#   INTERNAL)                not installed and not exported
#
# Makes the target weft_<name>, alias weft::<name>. Its headers are spelled
# "weft/<name>/folder/noun.hpp" through a link farm of one link per module:
#   <build>/include/<name>/weft/<name> -> <repository>/<name>
# The farm's folder is the only include path of the module, so a file that includes a module its
# own module does not USE fails with "No such file or directory". The same spelling works after
# installation.
function(weft_module name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "INTERNAL" "" "SOURCES;USES;LINKS;PRIVATE_LINKS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "weft_module(${name}): unknown argument ${arg_UNPARSED_ARGUMENTS}")
  endif()
  set(farm "${PROJECT_BINARY_DIR}/include/${name}")
  file(MAKE_DIRECTORY "${farm}/weft")
  file(CREATE_LINK "${CMAKE_CURRENT_SOURCE_DIR}" "${farm}/weft/${name}" SYMBOLIC)

  set(target weft_${name})
  add_library(${target} ${arg_SOURCES})
  add_library(weft::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(${target} PUBLIC
    "$<BUILD_INTERFACE:${farm}>" "$<INSTALL_INTERFACE:include>")
  list(TRANSFORM arg_USES PREPEND weft::)
  target_link_libraries(${target} PUBLIC ${arg_USES} ${arg_LINKS})
  foreach(library IN LISTS arg_PRIVATE_LINKS)
    get_target_property(type ${library} TYPE)
    if(type STREQUAL "INTERFACE_LIBRARY")  # header only: nothing is left of it after installation
      set(library "$<BUILD_INTERFACE:${library}>")
    endif()
    target_link_libraries(${target} PRIVATE ${library})
  endforeach()
  weft_warnings(${target})
  if(NOT arg_INTERNAL)
    weft_install_module(${name})
  endif()
endfunction()

# The warnings of the house, for every target of ours.
function(weft_warnings target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast
    $<$<BOOL:${WEFT_WERROR}>:-Werror>)
endfunction()
