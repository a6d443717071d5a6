#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause-Patent
# Each public header compiles alone, as C11 and as C++11, with all warnings.
#
#	headers.sh INCLUDE_DIR HEADER...
set -eu
include=$1
shift

cxx=
for candidate in c++ g++ clang++; do
	if command -v "$candidate" >/dev/null; then
		cxx=$candidate
		break
	fi
done

count=0
failed=0
check() {
	count=$((count + 1))
	if printf '#include <%s>\n#include <%s>\n' "$name" "$name" | "$@" -Wall -Wextra -Werror -pedantic -fsyntax-only \
		-I "$include" - >&2; then
		echo "ok $count - $name as $language"
	else
		echo "not ok $count - $name as $language"
		failed=1
	fi
}

echo "1..$(($# * 2))"
for header in "$@"; do
	name=tspdm/${header##*/}
	language=C11
	# shellcheck disable=SC2086 # a compiler may be two words, as "ccache gcc"
	check ${CC:-cc} -std=c11 -x c
	language=C++11
	if [ -n "$cxx" ]; then
		check "$cxx" -std=c++11 -x c++
	else
		count=$((count + 1))
		echo "ok $count # SKIP $name as C++: no C++ compiler"
	fi
done
exit "$failed"
