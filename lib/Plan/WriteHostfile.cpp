//===- WriteHostfile.cpp - Which host runs which rank ---------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Plan/Plan.h"

#include "onnx-split/Support/ShellQuote.h"

#include "llvm/ADT/StringExtras.h"

using namespace onnx_split;

std::vector<std::string> onnx_split::listDevices(const PlanFile &plan) {
  int64_t ranks = 0;
  for (const PlanFile::Stage &stage : plan.stages)
    ranks += stage.countDevices();
  // Stages come first, then replicas, in the order of their ranks.
  std::vector<std::string> devices(ranks);
  for (const PlanFile::Stage &stage : plan.stages)
    for (int64_t number = 0; number < stage.countDevices(); ++number)
      devices[stage.rankOf(number)] = stage.deviceOf(number);
  return devices;
}

std::string onnx_split::startOnHosts(llvm::ArrayRef<std::string> hosts,
                                     StringRef options) {
  // Open MPI 4.1 refuses a host file with an alias or an address of the machine
  // that it is started on, but takes them behind --host. A rank file would do
  // as well, but binds each rank to a core, as two ranks are by themselves.
  bool hasDomain =
      llvm::any_of(hosts, [](StringRef host) { return host.contains('.'); });
  // It also cuts a name at its first dot, and then does not find it, unless
  // told not to.
  return "mpirun " + options.str() +
         (hasDomain ? "--mca orte_keep_fqdn_hostnames 1 " : "") + "--host " +
         quoteForShell(llvm::join(hosts, ",")) +
         " --map-by seq --bind-to none -np " + std::to_string(hosts.size());
}

std::string onnx_split::getMpiCommand(const PlanFile &plan, StringRef path) {
  return startOnHosts(listDevices(plan)) + " onnx-split-run " +
         quoteForShell(path);
}

void onnx_split::writeHostfile(const PlanFile &plan, llvm::raw_ostream &os) {
  os << "# " << getMpiCommand(plan, "plan.json")
     << "\n# One host for each rank, in their order; devices are host names.\n";
  for (const std::string &device : listDevices(plan))
    os << device << "\n";
}
