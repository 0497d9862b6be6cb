//===- Compose.h - A plan in containers -------------------------*- C++ -*-===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// What `docker compose up` needs to run a plan on one machine: a container for
/// each device, and one more that starts the ranks on them.
///
//===----------------------------------------------------------------------===//

#ifndef ONNX_SPLIT_PLAN_COMPOSE_H
#define ONNX_SPLIT_PLAN_COMPOSE_H

#include "onnx-split/Plan/Plan.h"

namespace onnx_split {

inline constexpr llvm::StringLiteral ComposeName = "compose.yaml";
inline constexpr llvm::StringLiteral DockerfileName = "Dockerfile";
inline constexpr llvm::StringLiteral DockerIgnoreName = ".dockerignore";

/// Writes the services, which mount the folder that the file is in. Of the
/// cluster file it has names and memory; nothing else of a device or a link can
/// be said of a container without inventing it.
void writeCompose(const Plan &plan, llvm::raw_ostream &os);

/// Writes how the image of all containers is made: Open MPI over ssh, and the
/// runner in Python, from a wheel beside the file where there is one.
void writeDockerfile(llvm::raw_ostream &os);

/// Keeps the parts, which are mounted, out of what the image is made from.
void writeDockerIgnore(llvm::raw_ostream &os);

} // namespace onnx_split

#endif // ONNX_SPLIT_PLAN_COMPOSE_H
