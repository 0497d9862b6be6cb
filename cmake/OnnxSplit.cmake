# How this project's libraries, programs and unit tests are built: one set of
# warnings, and other people's headers as system headers.

# Generated code shadows its own members, so it counts as a system header too.
include_directories(SYSTEM ${CMAKE_BINARY_DIR}/include ${LLVM_INCLUDE_DIRS}
                           ${MLIR_INCLUDE_DIRS})
include_directories(${CMAKE_SOURCE_DIR}/include)
add_definitions(${LLVM_DEFINITIONS})

# What the installed libraries need of whoever uses them; the rest is added where
# they are found (OnnxSplitConfig.cmake).
add_library(OnnxSplitHeaders INTERFACE)
target_include_directories(OnnxSplitHeaders INTERFACE
                           $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_compile_features(OnnxSplitHeaders INTERFACE cxx_std_17)

# Makes targets installed libraries, OnnxSplitPlan as OnnxSplit::Plan.
function(onnx_split_install_libraries)
  foreach(target ${ARGN})
    string(REGEX REPLACE "^OnnxSplit" "" short ${target})
    set_target_properties(${target} PROPERTIES EXPORT_NAME ${short})
  endforeach()
  install(TARGETS ${ARGN} EXPORT OnnxSplitTargets
          ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
endfunction()
onnx_split_install_libraries(OnnxSplitHeaders)

# Those of a target whose files use MLIR's headers, or do not.
function(onnx_split_compile_options target uses_mlir)
  # Generated MLIR code has unused parameters, and Clang blames the user for
  # what libstdc++'s stable_sort calls; everything else is on.
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wshadow -Wno-unused-parameter
    $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>
    $<$<BOOL:${ONNX_SPLIT_WERROR}>:-Werror>)
  if(ONNX_SPLIT_SANITIZE)
    # Instrumented code makes GCC see uninitialised values where there are none.
    target_compile_options(${target} PRIVATE
      -fsanitize=${ONNX_SPLIT_SANITIZE} -fno-sanitize-recover=all
      -fno-omit-frame-pointer
      $<$<CXX_COMPILER_ID:Clang>:-fsanitize-ignorelist=${CMAKE_SOURCE_DIR}/cmake/sanitizers.txt>
      $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
    # Where all sanitized code is optimised, most of the time goes into MLIR's
    # templates; where none is, into the searches of the planner's tests.
    if(NOT uses_mlir)
      target_compile_options(${target} PRIVATE -O1)
    endif()
    target_link_options(${target} PUBLIC -fsanitize=${ONNX_SPLIT_SANITIZE})
  endif()
  if(ONNX_SPLIT_FUZZ AND NOT target MATCHES Placement)
    # Coverage, by which the fuzzer finds its way. Placement reads no files, and
    # its tests would take a third longer.
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
endfunction()

# So that ccache knows a precompiled header again: Clang leaves out the time, and
# GCC's preprocessor names it instead of what it holds.
function(onnx_split_keep_precompiled_stable target)
  target_compile_options(${target} PRIVATE
    $<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>
    $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
endfunction()

# The target uses the headers of lib/Precompiled. Their compiler options must be
# the target's, too.
function(onnx_split_use_precompiled target)
  if(ONNX_SPLIT_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM OnnxSplitPrecompiled)
    onnx_split_keep_precompiled_stable(${target})
  endif()
endfunction()

# The target's sources are compiled up to eight at a time, of one folder each, so
# that what they include is read once: less time for everything, but more for one
# file that changed.
function(onnx_split_unite target)
  if(NOT ONNX_SPLIT_UNITY)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON
                                             UNITY_BUILD_MODE GROUP)
  # For GCC each file that is not compiled by itself is a header. Two files'
  # names can only meet unnoticed if one of them is then unused.
  target_compile_options(${target} PRIVATE
    $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>
    $<$<CXX_COMPILER_ID:GNU>:-Wunused-const-variable=2>)
  get_target_property(sources ${target} SOURCES)
  list(FILTER sources INCLUDE REGEX "[.]cpp$")
  foreach(source ${sources})
    get_filename_component(folder "${source}" DIRECTORY)
    string(MAKE_C_IDENTIFIER "in ${folder}" group)
    list(APPEND ${group} ${source})
    list(LENGTH ${group} count)
    math(EXPR number "(${count} - 1) / 8")
    set_source_files_properties(${source} PROPERTIES
                                UNITY_GROUP "${group}_${number}")
  endforeach()
endfunction()

# onnx_split_library(NAME source... LINK lib... DEPENDS target... MLIR)
# MLIR: its files include MLIR's headers, which are then precompiled; as below.
function(onnx_split_library name)
  cmake_parse_arguments(ARG "MLIR" "" "LINK;DEPENDS" ${ARGN})
  add_library(${name} STATIC ${ARG_UNPARSED_ARGUMENTS})
  onnx_split_compile_options(${name} "${ARG_MLIR}")
  onnx_split_unite(${name})
  if(ARG_MLIR)
    onnx_split_use_precompiled(${name})
  endif()
  target_link_libraries(${name} PUBLIC OnnxSplitHeaders ${ARG_LINK})
  onnx_split_install_libraries(${name})
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
endfunction()

# onnx_split_program(NAME source... LINK lib... MLIR)
function(onnx_split_program name)
  cmake_parse_arguments(ARG "MLIR" "" "LINK" ${ARGN})
  add_executable(${name} ${ARG_UNPARSED_ARGUMENTS})
  # LLVM's functions are in sections of their own: an eighth of a program is never
  # called.
  if(NOT ONNX_SPLIT_SANITIZE)
    target_link_options(${name} PRIVATE -static-libstdc++ -static-libgcc
                        -Wl,--as-needed -Wl,--gc-sections)
  endif()
  onnx_split_compile_options(${name} "${ARG_MLIR}")
  onnx_split_unite(${name})
  if(ARG_MLIR)
    onnx_split_use_precompiled(${name})
  endif()
  target_link_libraries(${name} PRIVATE ${ARG_LINK})
endfunction()

# onnx_split_unit_test(NAME source... LINK lib... SHARDS n MLIR): a GoogleTest program
# that ctest runs under its own name; if it takes long, in n parts at once.
function(onnx_split_unit_test name)
  cmake_parse_arguments(ARG "MLIR" "SHARDS" "LINK" ${ARGN})
  set(mlir "")
  if(ARG_MLIR)
    set(mlir MLIR)
  endif()
  onnx_split_program(${name} ${mlir} ${ARG_UNPARSED_ARGUMENTS}
                     LINK ${ARG_LINK} GTest::gtest_main)
  # GoogleTest's macros take long to optimise, and little time to run; those in
  # parts enumerate. A precompiled header serves any level above 0, or that level
  # alone.
  if(ARG_SHARDS OR (ARG_MLIR AND NOT ONNX_SPLIT_SANITIZE))
    target_compile_options(${name} PRIVATE -O1)
  elseif(NOT ARG_MLIR)
    target_compile_options(${name} PRIVATE -O0)
  endif()
  if(NOT ARG_SHARDS)
    add_test(NAME unit-${name} COMMAND ${name})
    return()
  endif()
  foreach(shard RANGE 1 ${ARG_SHARDS})
    math(EXPR index "${shard} - 1")
    add_test(NAME unit-${name}-${shard} COMMAND ${name})
    set_tests_properties(unit-${name}-${shard} PROPERTIES ENVIRONMENT
      "GTEST_TOTAL_SHARDS=${ARG_SHARDS};GTEST_SHARD_INDEX=${index}")
  endforeach()
endfunction()
