# Sourced by utils/build-wheel: what compiling for arm64 on x86-64 needs, in
# .deps/arm64. Nothing of it is installed on this machine.

arm64_root=$deps/arm64/root
arm64_onnx=$deps/arm64/onnx
# With what they depend on.
arm64_packages=(libc6-dev libstdc++-12-dev libmlir-22-dev mlir-22-tools llvm-22-dev
  libprotobuf-dev zlib1g-dev libzstd-dev libgtest-dev)

# Takes packages of the other architecture from the place that the system's own
# come from. The system's lists are read, never changed.
download_arm64() {
  local work=$deps/arm64/work options
  rm -rf "$deps/arm64"
  mkdir -p "$work"/{lists/partial,cache/archives/partial,status} "$arm64_root"
  : >"$work/status/none"
  options=(
    -o APT::Architecture=arm64 -o APT::Architectures=arm64
    -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$work/sources"
    -o Dir::State="$work" -o Dir::State::lists="$work/lists"
    -o Dir::State::status="$work/status/none" -o Dir::Cache="$work/cache"
    -o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null
    -o APT::Sandbox::User="$(id -un)" -o Acquire::Languages=none
    -o APT::Install-Recommends=false
  )
  mkdir -p "$work/sources"
  cp /etc/apt/sources.list.d/debian.sources "$work/sources/" 2>/dev/null ||
    cp /etc/apt/sources.list "$work/sources/debian.list"
  apt-get "${options[@]}" update
  apt-get "${options[@]}" install -y --download-only "${arm64_packages[@]}"
  for package in "$work"/cache/archives/*.deb; do
    dpkg -x "$package" "$arm64_root"
  done
  rm -rf "$work"
  link_inside
}

# Links that begin at the root would leave it.
link_inside() {
  local link target
  find "$arm64_root" -type l -lname '/*' | while read -r link; do
    target=$(readlink "$link")
    ln -sfn "$arm64_root$target" "$link"
  done
}

# As utils/bootstrap builds it, for the other architecture; its generator of code
# runs here.
build_arm64_onnx() {
  local source=$deps/arm64/onnx-source
  rm -rf "$source" "$deps/arm64/onnx-build"
  mkdir -p "$source"
  "$venv/bin/pip" download --disable-pip-version-check --no-deps \
    --no-binary onnx -d "$source" "onnx==$(onnx_version_of_bootstrap)"
  tar -xzf "$source"/onnx-*.tar.gz -C "$source" --strip-components=1
  "$venv/bin/cmake" -S "$source" -B "$deps/arm64/onnx-build" -G Ninja \
    -DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache \
    -DCMAKE_TOOLCHAIN_FILE="$root/cmake/Arm64.cmake" \
    -DONNX_SPLIT_SYSROOT="$arm64_root" \
    -DONNX_CUSTOM_PROTOC_EXECUTABLE="$(command -v protoc)" \
    -DProtobuf_PROTOC_EXECUTABLE="$(command -v protoc)" \
    -DPython3_EXECUTABLE="$venv/bin/python" \
    -DCMAKE_INSTALL_PREFIX="$arm64_onnx" -DCMAKE_BUILD_TYPE=Release \
    "-DCMAKE_CXX_FLAGS_RELEASE=-O1 -DNDEBUG" \
    -DCMAKE_POSITION_INDEPENDENT_CODE=ON -DONNX_BUILD_PYTHON=OFF \
    -DONNX_USE_PROTOBUF_SHARED_LIBS=ON -DONNX_USE_UNITY_BUILD=ON
  "$venv/bin/cmake" --build "$deps/arm64/onnx-build"
  "$venv/bin/cmake" --install "$deps/arm64/onnx-build"
  rm -rf "$source" "$deps/arm64/onnx-build"
}

onnx_version_of_bootstrap() {
  sed -n 's/^onnx_version=//p' "$root/utils/bootstrap"
}

bootstrap_arm64() {
  if [ ! -e "$deps/arm64/packages.done" ]; then
    say "Packages for arm64: ${arm64_packages[*]}"
    step "Packages for arm64" "$network" download_arm64
    touch "$deps/arm64/packages.done"
  fi
  if [ ! -e "$arm64_onnx/lib/libonnx.a" ]; then
    say "ONNX for arm64: building"
    step "ONNX for arm64" "see the log" build_arm64_onnx
  fi
}
