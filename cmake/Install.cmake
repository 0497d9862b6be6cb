# What `cmake --install` copies: the component `programs` is what a user needs,
# `development` what another CMake project needs to find_package(OnnxSplit).
include(CMakePackageConfigHelpers)

set(programs onnx-split onnx-split-bench onnx-split-opt onnx-split-translate)
if(ONNX_SPLIT_HAS_ONNXRUNTIME AND ONNX_SPLIT_HAS_MPI)
  list(APPEND programs onnx-split-run)
else()
  message(STATUS "onnx-split-run is not installed: this build can run no plans")
endif()
install(TARGETS ${programs}
        RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT programs)
# Manual pages and completion: the programs print their own, so they must run.
set(share ${CMAKE_BINARY_DIR}/share)
find_program(ONNX_SPLIT_GZIP gzip)
set(printed "")
# onnx_split_print(PROGRAM OUTPUT option): OUTPUT, below `share`, is what the
# program prints with the option; compressed if it ends in .gz.
function(onnx_split_print program output option)
  set(compress "")
  if(output MATCHES "[.]gz$")
    set(compress | ${ONNX_SPLIT_GZIP} -9n)
  endif()
  get_filename_component(folder ${share}/${output} DIRECTORY)
  file(MAKE_DIRECTORY ${folder})
  add_custom_command(OUTPUT ${share}/${output}
    COMMAND $<TARGET_FILE:${program}> ${option} ${compress} > ${share}/${output}
    DEPENDS ${program}
    COMMENT "Printing ${output}")
  install(FILES ${share}/${output} COMPONENT programs
          DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/${folder_of_install})
  list(APPEND printed ${share}/${output})
  set(printed "${printed}" PARENT_SCOPE)
endfunction()
if(CMAKE_CROSSCOMPILING)
  message(STATUS "No manual pages and no completion of shells: the programs, "
                 "which print them, do not run here")
elseif(ONNX_SPLIT_SANITIZE)
  message(STATUS "No manual pages and no completion of shells of programs with "
                 "sanitizers, which are for tests")
else()
  set(page_ending "")
  if(ONNX_SPLIT_GZIP)
    set(page_ending .gz)
  endif()
  foreach(program ${programs})
    foreach(file_and_option
        man/man1/${program}.1${page_ending}=--print-man
        bash-completion/completions/${program}=--print-completion=bash
        zsh/site-functions/_${program}=--print-completion=zsh
        fish/vendor_completions.d/${program}.fish=--print-completion=fish)
      string(REGEX MATCH "^([^=]*)/[^=/]*=" matched ${file_and_option})
      set(folder_of_install ${CMAKE_MATCH_1})
      string(REGEX MATCH "^([^=]*)=(.*)$" matched ${file_and_option})
      onnx_split_print(${program} ${CMAKE_MATCH_1} ${CMAKE_MATCH_2})
    endforeach()
  endforeach()
  add_custom_target(manuals ALL DEPENDS ${printed})
endif()

# What is read beside the programs.
file(GLOB schemas ${CMAKE_SOURCE_DIR}/docs/*.schema.json)
install(FILES ${schemas} COMPONENT programs
        DESTINATION ${CMAKE_INSTALL_DATADIR}/onnx-split/schemas)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/examples COMPONENT programs
        DESTINATION ${CMAKE_INSTALL_DATADIR}/onnx-split
        FILES_MATCHING PATTERN "*.yaml" PATTERN embed EXCLUDE)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/examples/embed COMPONENT development
        DESTINATION ${CMAKE_INSTALL_DATADIR}/onnx-split/examples)

# The licence of the project, and those of what is linked into the programs.
file(READ ${CMAKE_SOURCE_DIR}/LICENSE license)
configure_file(${CMAKE_SOURCE_DIR}/cmake/copyright.in
               ${share}/copyright @ONLY)
install(FILES ${share}/copyright COMPONENT programs
        DESTINATION ${CMAKE_INSTALL_DOCDIR})

# Libraries are installed where they are declared (cmake/OnnxSplit.cmake).
foreach(headers ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR})
  install(DIRECTORY ${headers}/include/onnx-split COMPONENT development
          DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
          FILES_MATCHING PATTERN "*.h" PATTERN "*.def" PATTERN "*.td"
                         PATTERN "*.h.inc"
                         PATTERN CMakeFiles EXCLUDE)
endforeach()
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/OnnxSplit)
install(EXPORT OnnxSplitTargets NAMESPACE OnnxSplit:: COMPONENT development
        DESTINATION ${package})
configure_package_config_file(${CMAKE_SOURCE_DIR}/cmake/OnnxSplitConfig.cmake.in
                              ${CMAKE_BINARY_DIR}/OnnxSplitConfig.cmake
                              INSTALL_DESTINATION ${package})
# Nothing is promised between versions 0.x.
write_basic_package_version_file(${CMAKE_BINARY_DIR}/OnnxSplitConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/OnnxSplitConfig.cmake
              ${CMAKE_BINARY_DIR}/OnnxSplitConfigVersion.cmake
              ${CMAKE_SOURCE_DIR}/cmake/UseLlvmArchives.cmake
        DESTINATION ${package} COMPONENT development)

add_custom_target(uninstall
  COMMAND ${CMAKE_COMMAND} -DBUILD=${CMAKE_BINARY_DIR}
          -P ${CMAKE_SOURCE_DIR}/cmake/Uninstall.cmake
  VERBATIM)
