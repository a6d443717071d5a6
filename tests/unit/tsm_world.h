/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Where the model of configfs-tsm stands in front of a source: behind a table of calls (tsm_table.c), or as a file system
 * that is really mounted, served by a process of its own (tsm_fuse.c). A test is linked with one of them. */
#ifndef TSM_WORLD_H
#define TSM_WORLD_H

#include <stddef.h>

#include <tspdm/configfs_tsm.h>

/* Before the first thread and the first tsm_reset(). NULL: it stands; else why it cannot here, and the test is to be skipped. */
const char *tsm_world_begin(void);
/* Also where tests failed. */
void tsm_world_end(void);
/* A source's root, and its calls; NULL: the system's. */
const char *tsm_world_root(void);
const struct tspdm_configfs_tsm_calls *tsm_world_calls(void);
/* The mounted one: its process ends at once, as if the kernel had lost its provider in the middle of everything. */
void tsm_world_kill(void);

#endif
