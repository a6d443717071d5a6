/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A model of the kernel's configfs-tsm interface as the fact sheets describe it: directories, attributes, a generation, a
 * value that takes effect at close(), a report that is made at the first read. In front of it stands what tsm_world.h tells.
 * Errors and races are injected at each call. */
#ifndef TSM_MODEL_H
#define TSM_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum tsm_call { TSM_ANY, TSM_MKDIR, TSM_RMDIR, TSM_OPEN, TSM_READ, TSM_WRITE, TSM_CLOSE };

/* Fails calls: those of the kind on the attribute (NULL: any), `after` of them let pass first, `times` times. */
struct tsm_fault {
	enum tsm_call call;
	const char *attribute;
	unsigned after, times;
	int error;
};

enum tsm_auxblob { TSM_AUX_TABLE, TSM_AUX_MISSING, TSM_AUX_EMPTY, TSM_AUX_ZEROS };

/* What a test sets; zero but for the provider is a machine in order. */
struct tsm_machine {
	const char *provider; /* NULL: none is registered */
	bool is_quote;        /* the outblob is a TDX quote, with zeros behind it */
	bool is_rubbish;      /* the outblob is nothing that is known */
	bool is_stale;        /* the outblob is about other report data */
	enum tsm_auxblob auxblob;
	bool has_levels; /* privlevel and its floor */
	unsigned floor;
	unsigned drops;     /* so many values of inblob are discarded at close() */
	unsigned intruders; /* so many times somebody else writes inblob before outblob is read */
	unsigned taken;     /* so many names of directories are taken */
	size_t chunk;       /* bytes that a read() gives at most; 0: any number */
	bool is_slow;       /* making the report waits for tsm_open_gate() */
	struct tsm_fault fault;
};

/* First of all: makes the model, shared with processes that are forked afterwards, or not. */
void tsm_make(bool is_shared);
/* Begins anew; directories and files of before are forgotten. */
void tsm_reset(const struct tsm_machine *machine);
void tsm_open_gate(void);
/* True once a slow report is being made. */
bool tsm_is_waiting(void);

/* What came of it. */
struct tsm_account {
	unsigned directories, files; /* existing, open */
	unsigned made, reports;      /* directories made and reports made so far */
	unsigned calls;              /* of all kinds */
	unsigned overlaps;           /* directories that existed beside another one */
	int level;                   /* the privlevel written last; -1: none */
	uint8_t report_data[64];     /* of the last report */
};
struct tsm_account tsm_account(void);

/* The calls. Each returns a negative errno, or 0, a handle, a number of bytes. Paths begin behind the root, with '/'. */
int tsm_mkdir(const char *path);
int tsm_rmdir(const char *path);
int tsm_open(const char *path, int flags);
ssize_t tsm_read(int handle, void *out, size_t cap);
ssize_t tsm_write(int handle, const void *bytes, size_t len);
int tsm_close(int handle);
/* What is in a directory. 0, or -ENOENT. */
int tsm_list(const char *path, void (*visit)(void *context, const char *name), void *context);
/* 0 and the mode, or -ENOENT. */
int tsm_mode(const char *path, unsigned *mode);

#endif
