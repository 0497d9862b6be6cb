# What running a plan needs. It is optional: without it, --verify and
# onnx-split-run say at run time what this build lacks.

# Of ONNX Runtime only headers are needed: its library is loaded when a model is
# to run (lib/Runtime/Library.cpp). One that is found here gets a link in lib of
# the build folder, where its programs look first; installed ones do not know it. An installed onnxruntime comes before the headers
# and the library that utils/bootstrap puts together.
find_package(onnxruntime CONFIG QUIET)
if(TARGET onnxruntime::onnxruntime)
  get_target_property(ONNX_SPLIT_ONNXRUNTIME_INCLUDE onnxruntime::onnxruntime
                      INTERFACE_INCLUDE_DIRECTORIES)
  get_target_property(ONNX_SPLIT_ONNXRUNTIME_LIBRARY onnxruntime::onnxruntime
                      LOCATION)
else()
  find_path(ONNX_SPLIT_ONNXRUNTIME_INCLUDE onnxruntime_cxx_api.h
            HINTS ${CMAKE_SOURCE_DIR}/.deps/onnxruntime/include
            PATH_SUFFIXES onnxruntime)
  find_library(ONNX_SPLIT_ONNXRUNTIME_LIBRARY onnxruntime
               HINTS ${CMAKE_SOURCE_DIR}/.deps/onnxruntime/lib)
endif()
if(ONNX_SPLIT_ONNXRUNTIME_INCLUDE)
  set(ONNX_SPLIT_HAS_ONNXRUNTIME ON)
  add_library(onnxruntime::headers INTERFACE IMPORTED)
  set_target_properties(onnxruntime::headers PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES "${ONNX_SPLIT_ONNXRUNTIME_INCLUDE}"
    INTERFACE_COMPILE_DEFINITIONS ORT_API_MANUAL_INIT)
else()
  set(ONNX_SPLIT_HAS_ONNXRUNTIME OFF)
  message(STATUS
    "ONNX Runtime's headers were not found: --verify and onnx-split-run are left "
    "out. Looked for its CMake package, and in .deps/onnxruntime, which "
    "utils/bootstrap fills.")
endif()

if(ONNX_SPLIT_ONNXRUNTIME_LIBRARY AND NOT ONNX_SPLIT_PORTABLE)
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
  file(CREATE_LINK "${ONNX_SPLIT_ONNXRUNTIME_LIBRARY}"
       ${CMAKE_BINARY_DIR}/lib/libonnxruntime.so SYMBOLIC)
endif()

find_package(MPI QUIET COMPONENTS CXX)
if(MPI_CXX_FOUND)
  set(ONNX_SPLIT_HAS_MPI ON)
else()
  set(ONNX_SPLIT_HAS_MPI OFF)
  message(STATUS "Open MPI was not found: onnx-split-run is left out. "
                 "Install libopenmpi-dev and openmpi-bin.")
endif()
