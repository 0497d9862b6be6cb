# What running a plan needs. It is optional: without it, --verify and
# onnx-split-run say at run time what this build lacks.

# An installed onnxruntime comes first; else the library and the headers that
# utils/bootstrap puts together.
find_package(onnxruntime CONFIG QUIET)
if(NOT TARGET onnxruntime::onnxruntime)
  find_path(ONNX_SPLIT_ONNXRUNTIME_INCLUDE onnxruntime_cxx_api.h
            HINTS ${CMAKE_SOURCE_DIR}/.deps/onnxruntime/include
            PATH_SUFFIXES onnxruntime)
  find_library(ONNX_SPLIT_ONNXRUNTIME_LIBRARY onnxruntime
               HINTS ${CMAKE_SOURCE_DIR}/.deps/onnxruntime/lib)
  if(ONNX_SPLIT_ONNXRUNTIME_INCLUDE AND ONNX_SPLIT_ONNXRUNTIME_LIBRARY)
    add_library(onnxruntime::onnxruntime SHARED IMPORTED)
    set_target_properties(onnxruntime::onnxruntime PROPERTIES
      IMPORTED_LOCATION ${ONNX_SPLIT_ONNXRUNTIME_LIBRARY}
      IMPORTED_SONAME libonnxruntime.so.1
      INTERFACE_INCLUDE_DIRECTORIES ${ONNX_SPLIT_ONNXRUNTIME_INCLUDE})
  endif()
endif()
if(TARGET onnxruntime::onnxruntime)
  set(ONNX_SPLIT_HAS_ONNXRUNTIME ON)
else()
  set(ONNX_SPLIT_HAS_ONNXRUNTIME OFF)
  message(STATUS
    "ONNX Runtime was not found: --verify and onnx-split-run are left out. "
    "Looked for its CMake package, and in .deps/onnxruntime, which "
    "utils/bootstrap fills.")
endif()

find_package(MPI QUIET COMPONENTS CXX)
if(MPI_CXX_FOUND)
  set(ONNX_SPLIT_HAS_MPI ON)
else()
  set(ONNX_SPLIT_HAS_MPI OFF)
  message(STATUS "Open MPI was not found: onnx-split-run is left out. "
                 "Install libopenmpi-dev and openmpi-bin.")
endif()
