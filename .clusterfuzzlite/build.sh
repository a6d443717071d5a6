#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause-Patent
# Builds each harness into $OUT, with its corpus and dictionary. CC, CFLAGS and LIB_FUZZING_ENGINE come from the base image.
set -euo pipefail
cd "$SRC/tspdm"

build=$WORK/build
meson setup "$build" -Dfuzzers=true -Dfuzzing_engine="$LIB_FUZZING_ENGINE" -Dprograms=disabled -Dtests=disabled \
	-Ddefault_library=static -Dprefer_static=true -Db_lundef=false
ninja -C "$build"

for harness in "$build"/fuzz/*; do
	if [ ! -f "$harness" ] || [ ! -x "$harness" ]; then
		continue
	fi
	name=${harness##*/}
	cp "$harness" "$OUT/"
	if [ -d "fuzz/corpus/$name" ]; then
		zip -q -j -r "$OUT/${name}_seed_corpus.zip" "fuzz/corpus/$name"
	fi
	if [ -f "fuzz/$name.dict" ]; then
		cp "fuzz/$name.dict" "$OUT/"
	fi
done
