//===- WriteCompose.cpp - A plan in containers ----------------------------===//
//
// Part of onnx-split, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "onnx-split/Plan/Compose.h"

#include "onnx-split/Support/Quantity/Format.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace onnx_split;

/// The service that starts the others.
static constexpr StringRef Starter = "run";

namespace {
/// A device, which is a host to MPI whatever number of ranks it has.
struct Container {
  std::string device, service, provider;
  std::vector<int64_t> stages;

  /// The image has no other provider.
  bool needsOther() const {
    return !provider.empty() && provider != DefaultProvider;
  }
};
/// In the order of their first ranks.
struct Containers : std::vector<Container> {
  Container &of(StringRef device) {
    return *llvm::find_if(
        *this, [&](const Container &one) { return one.device == device; });
  }
  std::vector<std::string> listServices() const {
    std::vector<std::string> services;
    for (const Container &container : *this)
      services.push_back(container.service);
    return services;
  }
};
} // namespace

/// Whether a device's name can be that of a service and of a host as it is: a
/// label of RFC 1123 in small letters, that YAML takes for text.
static bool isHostName(StringRef name) {
  constexpr size_t longest = 63;
  static constexpr StringRef taken[] = {Starter, "localhost", "y",   "n",
                                        "yes",   "no",        "on",  "off",
                                        "true",  "false",     "null"};
  auto isAllowed = [](char c) {
    return llvm::isLower(c) || llvm::isDigit(c) || c == '-';
  };
  return name.size() <= longest && llvm::isLower(name.front()) &&
         !name.ends_with("-") && llvm::all_of(name, isAllowed) &&
         !llvm::is_contained(taken, name);
}

static Containers listContainers(const Plan &plan) {
  Containers containers;
  for (const std::string &device : listDevices(plan))
    if (llvm::none_of(containers, [&](const Container &one) {
          return one.device == device;
        }))
      containers.push_back({device, "", "", {}});
  for (const Plan::Stage &stage : plan.stages)
    for (int64_t number = 0; number < stage.countDevices(); ++number) {
      Container &container = containers.of(stage.deviceOf(number));
      container.stages.push_back(stage.index);
      container.provider = stage.providerOf(number).name;
    }
  // Numbers for all where one name will not do, so that no two are the same.
  bool haveNames = llvm::all_of(
      containers, [](const Container &one) { return isHostName(one.device); });
  for (auto [number, container] : llvm::enumerate(containers))
    container.service =
        haveNames ? container.device : "device" + std::to_string(number);
  return containers;
}

static void writeHead(const Containers &containers, llvm::raw_ostream &os) {
  os << "# The plan in plan.json on one machine: a container for each device,\n"
        "# with its memory, on a network of their own. In this folder,\n"
        "#\n"
        "#     docker compose up --build --exit-code-from run\n"
        "#\n"
        "# runs it once and stops all. RUN_OPTIONS in the environment are\n"
        "# options of the runner, such as --items=500.\n"
        "#\n"
        "# Only memory is limited, without swap. How fast processors and "
        "links\n"
        "# are is not: containers take what this machine has, so that times "
        "and\n"
        "# rates say nothing about the devices.\n";
  if (llvm::any_of(containers,
                   [](const Container &one) { return one.needsOther(); }))
    os << "#\n# The image computes on the processor: providers of the plan are "
          "not used.\n";
}

/// The container of a device, which waits for orders.
static void writeDevice(const Plan &plan, const Container &container,
                        llvm::raw_ostream &os) {
  os << "  # " << (container.stages.size() == 1 ? "Stage " : "Stages ");
  llvm::interleaveComma(container.stages, os);
  os << " on " << container.device << ", ";
  auto memory = plan.memoryOf.find(container.device);
  bool isLimited = memory != plan.memoryOf.end() && memory->second != Unlimited;
  if (isLimited)
    os << formatBytes(memory->second, plan.byteUnits()) << ".\n";
  else
    os << "whose memory the cluster file does not limit.\n";
  os << "  " << container.service
     << ":\n    <<: *container\n    hostname: " << container.service << "\n";
  // Equal limits leave no swap.
  if (isLimited)
    os << "    mem_limit: " << memory->second
       << "\n    memswap_limit: " << memory->second << "\n";
  os << "    command: [/usr/sbin/sshd, -D, -e, -o, LogLevel=ERROR]\n";
}

/// The container that starts the ranks; compose stops the others with it.
static void writeStarter(const Plan &plan, Containers &containers,
                         llvm::raw_ostream &os) {
  std::vector<std::string> hosts, services = containers.listServices();
  for (const std::string &device : listDevices(plan))
    hosts.push_back(containers.of(device).service);
  bool needsOther = llvm::any_of(
      containers, [](const Container &one) { return one.needsOther(); });
  // Ranks of one container must not look into each other's memory, which takes
  // a permission that containers lack. A $ of the shell is written twice.
  std::string start = startOnHosts(
      hosts, "--allow-run-as-root --mca btl_vader_single_copy_mechanism none ");
  os << "  # Starts the ranks on them.\n  " << Starter
     << ":\n    <<: *container\n    depends_on: [" << llvm::join(services, ", ")
     << "]\n"
     << "    command:\n      - sh\n      - -c\n      - |\n"
        "        for host in "
     << llvm::join(services, " ")
     << "; do\n"
        "          tries=0\n"
        "          until ssh -o ConnectTimeout=2 $$host true; do\n"
        "            tries=$$((tries + 1))\n"
        "            test $$tries -lt 30 || exit 1\n"
        "            sleep 1\n"
        "          done\n"
        "        done\n"
        "        "
     << start << " \\\n"
     << "          /opt/runner/bin/python -m onnx_split_run plan.json"
     << (needsOther ? (" --provider=" + DefaultProvider).str() : "")
     << " $${RUN_OPTIONS}\n"
        "    environment: [RUN_OPTIONS]\n";
}

void onnx_split::writeCompose(const Plan &plan, llvm::raw_ostream &os) {
  Containers containers = listContainers(plan);
  writeHead(containers, os);
  os << "x-container: &container\n"
        "  build: .\n"
        "  image: onnx-split-run\n"
        "  networks: [plan]\n"
        "  volumes: [\".:/plan:ro\"]\n"
        "networks:\n"
        "  plan:\n"
        "    internal: true\n"
        "services:\n";
  for (const Container &container : containers)
    writeDevice(plan, container, os);
  writeStarter(plan, containers, os);
}

void onnx_split::writeDockerfile(llvm::raw_ostream &os) {
  os << R"docker(# The image of every container in compose.yaml. On a base of your own, such as
# one that knows a proxy: docker compose build --build-arg BASE=...
ARG BASE=debian:12-slim
FROM ${BASE}
RUN apt-get update && apt-get install -y --no-install-recommends \
      ca-certificates openmpi-bin openssh-client openssh-server python3-venv \
    && rm -rf /var/lib/apt/lists/*
# One key for all containers of this image, which know each other by it: whoever
# has the image gets in, so do not push it to a registry.
RUN mkdir -p -m 700 /run/sshd ~/.ssh \
    && ssh-keygen -q -t ed25519 -N "" -f ~/.ssh/id_ed25519 \
    && cp ~/.ssh/id_ed25519.pub ~/.ssh/authorized_keys \
    && echo "* $(cat /etc/ssh/ssh_host_ed25519_key.pub)" > ~/.ssh/known_hosts
# The runner: from a wheel in this folder where there is one, otherwise from the
# package index.
COPY Dockerfile *.whl /wheels/
RUN python3 -m venv /opt/runner \
    && /opt/runner/bin/pip install --no-cache-dir --find-links=/wheels \
      "onnx-split-run[onnxruntime]" mpi4py
WORKDIR /plan
)docker";
}

void onnx_split::writeDockerIgnore(llvm::raw_ostream &os) {
  os << "*\n!*.whl\n!Dockerfile\n";
}
