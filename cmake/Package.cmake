# `cpack` in the build folder makes onnx-split_VERSION_ARCHITECTURE.deb of the
# component `programs`, for the Debian that it runs on: what the programs link
# decides what the package depends on.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME onnx-split)
set(CPACK_PACKAGE_VENDOR "The onnx-split authors")
set(CPACK_PACKAGE_CONTACT "The onnx-split authors")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY
    "splits ONNX models over clusters of unequal devices")
string(CONCAT CPACK_PACKAGE_DESCRIPTION
  "Cuts an ONNX model into one ordinary ONNX model per device, so that a\n"
  "pipeline of the devices is as fast as it can be, and proves how near to\n"
  "the best the plan is. onnx-split plans and writes the parts,\n"
  "onnx-split-run runs them over MPI, and onnx-split-bench measures the\n"
  "planner. Running models needs ONNX Runtime, which is not in this package.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL programs)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
if(ONNX_SPLIT_HAS_MPI)
  # mpirun, which a plan is started with.
  set(CPACK_DEBIAN_PACKAGE_RECOMMENDS openmpi-bin)
endif()
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_THREADS 0)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_SOURCE_DIR}/cmake/PackageFolders.cmake)
set(CPACK_PROJECT_CONFIG_FILE ${CMAKE_SOURCE_DIR}/cmake/PackageTime.cmake)
set(CPACK_ONNX_SPLIT_SOURCE ${CMAKE_SOURCE_DIR})
include(CPack)
