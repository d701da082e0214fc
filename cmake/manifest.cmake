# Headers made from the authority graph. Whoever includes "system_table.hpp" or "grants/<service>.hpp" has `system` among
# its DEPS; that makes the headers exist before it is compiled.
function(bulwatt_manifest file)
  set(out ${CMAKE_BINARY_DIR}/generated)
  # A new service is a new header, so its name must be known when the build is configured.
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(STRINGS ${file} headings REGEX "^\\[service\\.[a-z0-9]+\\]")
  set(headers ${out}/system_table.hpp)
  foreach(heading IN LISTS headings)
    string(REGEX REPLACE "^\\[service\\.([a-z0-9]+)\\].*" "\\1" service "${heading}")
    list(APPEND headers ${out}/grants/${service}.hpp)
  endforeach()
  # The tool leaves a header alone that would not change; the stamp says that it has looked.
  add_custom_command(OUTPUT ${out}/manifest.stamp BYPRODUCTS ${headers} ${out}/probe_matrix.json ${out}/probe_expectations.hpp
    COMMAND bulwatt_program_manifest emit ${file} --out ${out}
    COMMAND ${CMAKE_COMMAND} -E touch ${out}/manifest.stamp
    DEPENDS ${file} bulwatt_program_manifest
    COMMENT "Compiling the authority graph"
    VERBATIM)
  add_custom_target(bulwatt_system_headers DEPENDS ${out}/manifest.stamp)
  bulwatt_library(system)
  add_dependencies(bulwatt_system bulwatt_system_headers)
endfunction()

# The checked-in page about the manifest must be the one the tool makes today.
function(bulwatt_manifest_page file page)
  add_test(NAME zones_and_conduits_page
    COMMAND ${CMAKE_COMMAND} -DTOOL=$<TARGET_FILE:bulwatt_program_manifest> -DMANIFEST=${file} -DPAGE=${page}
            -P ${CMAKE_SOURCE_DIR}/tools/manifest/check_page.cmake)
  set_tests_properties(zones_and_conduits_page PROPERTIES LABELS unit TIMEOUT 60)
endfunction()

# A file that uses the generated headers and must not compile, by saying `message`; without one it must compile.
function(bulwatt_refused name message)
  add_test(NAME refused_${name}
    COMMAND ${CMAKE_COMMAND} -DCOMPILER=${CMAKE_CXX_COMPILER} -DSOURCE=${CMAKE_SOURCE_DIR}/tools/manifest/refused/${name}.cpp
            "-DINCLUDES=${CMAKE_SOURCE_DIR};${CMAKE_BINARY_DIR}/generated" "-DMESSAGE=${message}"
            -P ${CMAKE_SOURCE_DIR}/tools/manifest/refused/expect.cmake)
  set_tests_properties(refused_${name} PROPERTIES LABELS unit TIMEOUT 120)
endfunction()
