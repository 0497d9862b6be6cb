//===- Pipeline.cpp - The pass pipeline -----------------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Pipeline/Pipeline.h"

#include "onnx-split/Pipeline/PassProgress.h"

#include "mlir/Pass/PassOptions.h"
#include "mlir/Pass/PassRegistry.h"

#include <functional>

using namespace mlir;
using namespace onnx_split;

static graph::InferTypesPassOptions
makeInferTypesOptions(const PipelineOptions &options) {
  graph::InferTypesPassOptions inferTypes = options.inferTypes;
  // Who says where to cut does not ask what it costs.
  bool needsCosts = options.place.plan.empty() && options.place.cuts.empty();
  inferTypes.extents = needsCosts ? "closed" : "known";
  return inferTypes;
}

void onnx_split::buildSplitPipeline(OpPassManager &manager,
                                    const PipelineOptions &options) {
  manager.addPass(graph::createInferTypesPass(makeInferTypesOptions(options)));
  manager.addPass(split::createAnnotateCostPass(options.annotateCost));
  manager.addPass(split::createPlacePass(options.place));
  manager.addPass(split::createVerifyPlacementPass());
  manager.addPass(split::createFormStagesPass());
  manager.addPass(split::createInsertTransfersPass());
  manager.addPass(split::createOutlineStagesPass());
  manager.addPass(split::createLowerTransfersPass({options.place.boundary}));
}

FailureOr<OwningOpRef<ModuleOp>>
onnx_split::inferTypesOfCopy(ModuleOp module, const PipelineOptions &options) {
  OwningOpRef<ModuleOp> copy = module.clone();
  PassManager manager(module.getContext());
  manager.addPass(graph::createInferTypesPass(makeInferTypesOptions(options)));
  showProgress(manager);
  ScopedDiagnosticHandler quiet(
      module.getContext(), [](Diagnostic &diagnostic) {
        // What the handler does not take goes on to the next one.
        return success(diagnostic.getSeverity() == DiagnosticSeverity::Warning);
      });
  if (failed(manager.run(*copy)))
    return failure();
  return copy;
}

namespace {
/// The options in the text of a pipeline. One line each: its name, and the
/// option of a pass that it is.
struct TextOptions : public PassPipelineOptions<TextOptions> {
  PipelineOptions pipeline;

  /// Writes its value where `store` is asked to.
  template <typename ValueT> struct Single : public Option<ValueT> {
    Single(TextOptions &parent, StringRef name, ValueT &target)
        : Option<ValueT>(parent, name, llvm::cl::init(target)) {
      parent.stores.push_back([this, &target] { target = this->getValue(); });
    }
  };
  struct List : public ListOption<std::string> {
    List(TextOptions &parent, StringRef name,
         llvm::SmallVector<std::string> &target)
        : ListOption<std::string>(parent, name) {
      parent.stores.push_back(
          [this, &target] { target.assign(this->begin(), this->end()); });
    }
  };
  /// Before the options, which fill it.
  std::vector<std::function<void()>> stores;

  using Text = Single<std::string>;
  List shapes{*this, "shape", pipeline.inferTypes.shapes};
  List dims{*this, "dim", pipeline.inferTypes.dims};
  List assumes{*this, "assume", pipeline.inferTypes.assumes};
  List alsos{*this, "also", pipeline.inferTypes.alsos};
  Text unknownOp{*this, "unknown-op", pipeline.annotateCost.unknownOp};
  Text devices{*this, "devices", pipeline.place.devices};
  Single<Boundary> boundary{*this, "boundary", pipeline.place.boundary};
  Single<placement::Strategy> strategy{*this, "strategy",
                                       pipeline.place.strategy};
  Single<placement::Objective> objective{*this, "objective",
                                         pipeline.place.objective};
  Single<double> targetRate{*this, "target-rate", pipeline.place.targetRate};
  Single<int64_t> maxLatencyNs{*this, "max-latency-ns",
                               pipeline.place.maxLatencyNs};
  Single<bool> revisit{*this, "revisit", pipeline.place.revisit};
  Single<bool> replicate{*this, "replicate", pipeline.place.replicate};
  Single<double> timeLimit{*this, "time-limit", pipeline.place.timeLimit};
  Single<double> gap{*this, "gap", pipeline.place.gap};
  Single<uint64_t> seed{*this, "seed", pipeline.place.seed};
  Single<unsigned> maxStages{*this, "max-stages", pipeline.place.maxStages};
  Single<unsigned> stages{*this, "stages", pipeline.place.stages};
  Text plan{*this, "plan", pipeline.place.plan};
  Single<bool> explain{*this, "explain", pipeline.place.explain};
  Single<bool> pareto{*this, "pareto", pipeline.place.pareto};
  List whatIfs{*this, "what-if", pipeline.place.whatIfs};
  List whys{*this, "why", pipeline.place.whys};
  Single<bool> suggest{*this, "suggest", pipeline.place.suggest};
  List pins{*this, "pin", pipeline.place.pins};
  List cuts{*this, "cut", pipeline.place.cuts};
  List noCuts{*this, "no-cut", pipeline.place.noCuts};
  List states{*this, "state", pipeline.place.states};
  Single<unsigned> sequences{*this, "sequences", pipeline.place.sequences};
};
} // namespace

void onnx_split::registerDialects(DialectRegistry &registry) {
  registry.insert<graph::OnnxDialect, split::SplitDialect>();
}

void onnx_split::registerPasses() {
  graph::registerOnnxPasses();
  split::registerSplitPasses();
  PassPipelineRegistration<TextOptions>(
      "split-pipeline", "Every pass from an imported model to its parts",
      [](OpPassManager &manager, const TextOptions &text) {
        for (const auto &store : text.stores)
          store();
        buildSplitPipeline(manager, text.pipeline);
      });
}
