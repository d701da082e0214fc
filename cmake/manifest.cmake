# Headers made from the authority graph. Whoever includes "system_table.hpp" or "grants/<service>.hpp" has `system` among
# its DEPS; that makes the headers exist before it is compiled.
function(bulwatt_manifest file)
  set(out ${CMAKE_BINARY_DIR}/generated)
  # A new service is a new header, so its name must be known when the build is configured.
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(STRINGS ${file} headings REGEX "^\\[service\\.[a-z0-9_]+\\]")
  set(headers ${out}/system_table.hpp)
  foreach(heading IN LISTS headings)
    string(REGEX REPLACE "^\\[service\\.([a-z0-9_]+)\\].*" "\\1" service "${heading}")
    list(APPEND headers ${out}/grants/${service}.hpp)
  endforeach()
  # The tool leaves a header alone that would not change; the stamp says that it has looked.
  add_custom_command(OUTPUT ${out}/manifest.stamp BYPRODUCTS ${headers}
    COMMAND bulwatt_program_manifest emit ${file} --out ${out}
    COMMAND ${CMAKE_COMMAND} -E touch ${out}/manifest.stamp
    DEPENDS ${file} bulwatt_program_manifest
    COMMENT "Compiling the authority graph"
    VERBATIM)
  add_custom_target(bulwatt_system_headers DEPENDS ${out}/manifest.stamp)
  bulwatt_library(system)
  add_dependencies(bulwatt_system bulwatt_system_headers)
endfunction()
