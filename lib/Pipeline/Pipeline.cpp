//===- Pipeline.cpp - The pass pipeline -----------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "onnx-split/Pipeline/Pipeline.h"

#include "onnx-split/Dialect/Onnx/Transforms/Passes.h"
#include "onnx-split/Dialect/Split/Transforms/Passes.h"

#include "mlir/Pass/PassRegistry.h"

using namespace mlir;
using namespace onnx_split;

void onnx_split::buildSplitPipeline(OpPassManager &manager,
                                    const PipelineOptions &options) {
  graph::InferTypesPassOptions inferTypes;
  inferTypes.shapes = llvm::to_vector(options.shapes);
  inferTypes.dims = llvm::to_vector(options.dims);
  inferTypes.assumes = llvm::to_vector(options.assumes);
  inferTypes.alsos = llvm::to_vector(options.alsos);
  // Who says where to cut does not ask what it costs.
  inferTypes.extents =
      options.plan.empty() && options.cuts.empty() ? "closed" : "known";
  manager.addPass(graph::createInferTypesPass(std::move(inferTypes)));

  manager.addPass(
      split::createAnnotateCostPass({options.unknownOp.getValue()}));

  split::PlacePassOptions place;
  place.devices = options.devices;
  place.strategy = options.strategy;
  place.objective = options.objective;
  place.targetRate = options.targetRate;
  place.revisit = options.revisit;
  place.replicate = options.replicate;
  place.timeLimit = options.timeLimit;
  place.gap = options.gap;
  place.seed = options.seed;
  place.maxStages = options.maxStages;
  place.boundary = options.boundary;
  place.pins = llvm::to_vector(options.pins);
  place.cuts = llvm::to_vector(options.cuts);
  place.noCuts = llvm::to_vector(options.noCuts);
  place.plan = options.plan;
  place.explain = options.explain;
  manager.addPass(split::createPlacePass(std::move(place)));

  manager.addPass(split::createVerifyPlacementPass());
  manager.addPass(split::createFormStagesPass());
  manager.addPass(split::createInsertTransfersPass());
  manager.addPass(split::createOutlineStagesPass());
  manager.addPass(split::createLowerTransfersPass({options.boundary}));
}

void onnx_split::registerDialects(DialectRegistry &registry) {
  registry.insert<graph::OnnxDialect, split::SplitDialect>();
}

void onnx_split::registerPasses() {
  graph::registerOnnxPasses();
  split::registerSplitPasses();
  PassPipelineRegistration<PipelineOptions>(
      "split-pipeline", "Every pass from an imported model to its parts",
      buildSplitPipeline);
}
