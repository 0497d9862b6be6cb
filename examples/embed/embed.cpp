// Plans MODEL over CLUSTER.yaml, as onnx-split --dry-run does, and prints the
// device of each stage and the predicted rate.

#include "onnx-split/Pipeline/Pipeline.h"
#include "onnx-split/Plan/Plan.h"
#include "onnx-split/Support/DiagnosticPrinter.h"
#include "onnx-split/Target/Onnx/Import.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

int main(int argc, char **argv) {
  if (argc < 3) {
    llvm::errs() << "usage: embed MODEL CLUSTER.yaml [NAME=SHAPE...]\n";
    return 1;
  }
  mlir::DialectRegistry registry;
  onnx_split::registerDialects(registry);
  mlir::MLIRContext context(registry);
  context.loadAllAvailableDialects();
  // What is wrong with the model or the cluster goes to standard error.
  onnx_split::DiagnosticPrinter printer(&context, llvm::errs());

  onnx_split::ImportOptions import;
  import.allowMissingData = true; // Nothing is written.
  auto module = onnx_split::importFile(argv[1], &context, import);
  if (!module)
    return 1;
  onnx_split::PipelineOptions options;
  options.place.devices = argv[2];
  options.inferTypes.shapes.append(argv + 3, argv + argc);
  mlir::PassManager passes(&context);
  onnx_split::buildSplitPipeline(passes, options);
  if (mlir::failed(passes.run(*module)))
    return 1;

  onnx_split::Plan plan = onnx_split::gatherPlan(*module);
  for (const auto &stage : plan.stages)
    llvm::outs() << stage.device << "\n";
  llvm::outs() << llvm::format("%.3g items/s, as predicted\n",
                               plan.ratePerSecond);
  return 0;
}
