#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause-Patent
# Installs into a stage and builds users of it: through pkg-config (shared and static), against the freestanding core,
# through CMake. Each is run.
#
#	installed.sh BUILD_DIR SOURCE_DIR STAGE
set -eu
build=$1
source=$2
stage=$3

if [ -n "${TSPDM_INSTRUMENTED-}" ]; then
	echo "1..0 # SKIP an instrumented build: a user would need the same instrumentation"
	exit 0
fi

rm -rf "$stage"
mkdir -p "$stage"
meson install -C "$build" --no-rebuild --quiet --destdir "$stage" >"$stage/install.log" 2>&1 || {
	cat "$stage/install.log" >&2
	echo "Bail out! meson install failed; is everything built?"
	exit 1
}

pc=$(find "$stage" -name tspdm.pc)
PKG_CONFIG_PATH=$(dirname "$pc")
PKG_CONFIG_SYSROOT_DIR=$stage
LD_LIBRARY_PATH=$(dirname "$PKG_CONFIG_PATH")
export PKG_CONFIG_PATH LD_LIBRARY_PATH
libdir=$LD_LIBRARY_PATH

count=0
failed=0
report() {
	count=$((count + 1))
	if [ "$1" -eq 0 ]; then
		echo "ok $count - $2"
	else
		echo "not ok $count - $2"
		cat "$stage/log" >&2
		failed=1
	fi
}

# The sysroot prefixes each path that pkg-config gives, also those of dependencies; their paths on this system are the
# compiler's defaults and not printed.
staged_flags() {
	PKG_CONFIG_SYSROOT_DIR=$PKG_CONFIG_SYSROOT_DIR pkg-config "$@" tspdm
}

# compile OUTPUT FLAGS...; then runs it
compile() {
	output=$1
	shift
	# shellcheck disable=SC2086
	${CC:-cc} -std=c11 -o "$output" "$source/user.c" "$@" >"$stage/log" 2>&1 && "$output" >>"$stage/log" 2>&1
}

echo 1..4

status=0
# shellcheck disable=SC2046 # flags are words
compile "$stage/user-shared" $(staged_flags --cflags --libs) || status=$?
report "$status" "a user through pkg-config, shared"

status=0
libs=$(staged_flags --static --libs | sed "s| *-ltspdm | $libdir/libtspdm.a |")
# shellcheck disable=SC2046,SC2086
compile "$stage/user-static" $(staged_flags --cflags) $libs || status=$?
if [ "$status" -eq 0 ] && ldd "$stage/user-static" | grep -q libtspdm; then
	echo "it is linked with the shared library" >"$stage/log"
	status=1
fi
report "$status" "a user through pkg-config, static"

status=0
# shellcheck disable=SC2046
compile "$stage/user-core" $(staged_flags --cflags) "$libdir/libtspdm-core.a" || status=$?
report "$status" "a user of the freestanding core alone"

if command -v cmake >/dev/null; then
	status=0
	{
		cmake -G Ninja -S "$source/cmake-user" -B "$stage/cmake" -Dtspdm_DIR="$libdir/cmake/tspdm" \
			-DCMAKE_EXPORT_NO_PACKAGE_REGISTRY=ON -DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF &&
			cmake --build "$stage/cmake" && "$stage/cmake/user" && "$stage/cmake/user-static" && "$stage/cmake/user-core"
	} >"$stage/log" 2>&1 || status=$?
	report "$status" "users through CMake"
else
	echo "ok 4 # SKIP users through CMake: no cmake"
fi
exit "$failed"
