//===- NewerApi.h - Functions of later ONNX Runtimes ------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What the library that was loaded may have, and the headers of this build may
/// not: plug-ins, whose interface is stable from 1.23 on, and the providers of
/// nodes (1.24). OrtApi is a table of functions that later versions only append
/// to, so that each one is found by its place. Where the headers know it, the
/// compiler checks the place.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_LIB_RUNTIME_NEWERAPI_H
#define ONNX_SPLIT_LIB_RUNTIME_NEWERAPI_H

#include <onnxruntime_cxx_api.h>

#include <cstddef>
#include <cstdint>

// Declared by later headers, too.
struct OrtEpDevice;
struct OrtHardwareDevice;
struct OrtEpAssignedSubgraph;
struct OrtEpAssignedNode;

namespace onnx_split::runtime::newer {

/// The first minor versions of ONNX Runtime 1 with the functions below.
inline constexpr unsigned PluginsSince = 23, AssignmentSince = 24;

/// A function of OrtApi. To be called only where the library is new enough.
template <size_t Place, typename Signature> struct Entry;
template <size_t Place, typename Result, typename... Arguments>
struct Entry<Place, Result(Arguments...)> {
  Result operator()(Arguments... values) const {
    using Function = Result (*)(Arguments...);
    return reinterpret_cast<const Function *>(&Ort::GetApi())[Place](values...);
  }
};

using Texts = const char *const *;

// In 1.22, too, which plug-ins that are made for later versions do not run in.
inline constexpr Entry<301, OrtStatus *(OrtEnv *, const char *, const char *)>
    registerLibrary;
inline constexpr Entry<303, OrtStatus *(const OrtEnv *,
                                        const OrtEpDevice *const **, size_t *)>
    getDevices;
inline constexpr Entry<304, OrtStatus *(OrtSessionOptions *, OrtEnv *,
                                        const OrtEpDevice *const *, size_t,
                                        Texts, Texts, size_t)>
    appendDevices;
/// 0: CPU, 1: GPU, 2: NPU.
inline constexpr Entry<307, unsigned(const OrtHardwareDevice *)> typeOf;
inline constexpr Entry<309, const char *(const OrtHardwareDevice *)> vendorOf;
inline constexpr Entry<312, const char *(const OrtEpDevice *)> providerOf;
inline constexpr Entry<316, const OrtHardwareDevice *(const OrtEpDevice *)>
    hardwareOf;

// From 1.24 on.
inline constexpr Entry<407, OrtStatus *(const OrtSession *,
                                        const OrtEpAssignedSubgraph *const **,
                                        size_t *)>
    getAssignment;
inline constexpr Entry<408, OrtStatus *(const OrtEpAssignedSubgraph *,
                                        const char **)>
    getProviderOf;
inline constexpr Entry<409,
                       OrtStatus *(const OrtEpAssignedSubgraph *,
                                   const OrtEpAssignedNode *const **, size_t *)>
    getNodesOf;
inline constexpr Entry<411,
                       OrtStatus *(const OrtEpAssignedNode *, const char **)>
    getDomainOf;
inline constexpr Entry<412,
                       OrtStatus *(const OrtEpAssignedNode *, const char **)>
    getOperatorOf;

#define ONNX_SPLIT_CHECK_PLACE(PLACE, NAME)                                    \
  static_assert(offsetof(OrtApi, NAME) == PLACE * sizeof(void *),              \
                "OrtApi is not what this file takes it for")
#if ORT_API_VERSION >= 22
ONNX_SPLIT_CHECK_PLACE(301, RegisterExecutionProviderLibrary);
ONNX_SPLIT_CHECK_PLACE(303, GetEpDevices);
ONNX_SPLIT_CHECK_PLACE(304, SessionOptionsAppendExecutionProvider_V2);
ONNX_SPLIT_CHECK_PLACE(307, HardwareDevice_Type);
ONNX_SPLIT_CHECK_PLACE(309, HardwareDevice_Vendor);
ONNX_SPLIT_CHECK_PLACE(312, EpDevice_EpName);
ONNX_SPLIT_CHECK_PLACE(316, EpDevice_Device);
#endif
#if ORT_API_VERSION >= 24
ONNX_SPLIT_CHECK_PLACE(407, Session_GetEpGraphAssignmentInfo);
ONNX_SPLIT_CHECK_PLACE(408, EpAssignedSubgraph_GetEpName);
ONNX_SPLIT_CHECK_PLACE(409, EpAssignedSubgraph_GetNodes);
ONNX_SPLIT_CHECK_PLACE(411, EpAssignedNode_GetDomain);
ONNX_SPLIT_CHECK_PLACE(412, EpAssignedNode_GetOperatorType);
#endif
#undef ONNX_SPLIT_CHECK_PLACE

} // namespace onnx_split::runtime::newer

#endif // ONNX_SPLIT_LIB_RUNTIME_NEWERAPI_H
