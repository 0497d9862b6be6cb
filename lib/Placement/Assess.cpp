#include "Search.h"

using namespace onnx_split::placement;

Result onnx_split::placement::assess(const Problem &problem,
                                     const Placement &placement,
                                     const SolveOptions &options) {
  Search search(problem, options);
  Result &result = search.result;
  result.placement = placement;
  result.evaluation = evaluate(problem, placement);
  result.found = result.evaluation.violations.empty();
  if (result.found) {
    boundForAll(search);
    search.finish();
  }
  return result;
}
