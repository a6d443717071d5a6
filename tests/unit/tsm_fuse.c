/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The model of configfs-tsm as a file system that is really mounted: the source makes the system's own calls, and the kernel
 * stands between it and the model. The file system is served by a process of its own, which shares the model's state with the
 * test, and unmounts it whenever the test ends, however it does. */
#define FUSE_USE_VERSION 31
#include <errno.h>
#include <fcntl.h>
#include <fuse3/fuse.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tsm_model.h"
#include "tsm_world.h"

enum { PATIENCE_MS = 10000, TEST_MAX_S = 600 };

static char mount_point[] = "/tmp/tspdm-configfs-XXXXXX";
static pid_t server;

/* ---- Operations ---- */

static int op_getattr(const char *path, struct stat *out, struct fuse_file_info *info)
{
	unsigned mode;
	int result = tsm_mode(path, &mode);

	(void)info;
	memset(out, 0, sizeof *out);
	if (result != 0)
		return result;
	out->st_mode = (mode_t)mode;
	out->st_nlink = S_ISDIR(mode) ? 2 : 1;
	return 0;
}

struct listing {
	void *buffer;
	fuse_fill_dir_t fill;
};

static void list_one(void *context, const char *name)
{
	const struct listing *listing = context;

	(void)listing->fill(listing->buffer, name, NULL, 0, 0);
}

static int op_readdir(const char *path, void *buffer, fuse_fill_dir_t fill, off_t offset, struct fuse_file_info *info,
	enum fuse_readdir_flags flags)
{
	struct listing listing = { buffer, fill };

	(void)offset;
	(void)info;
	(void)flags;
	list_one(&listing, ".");
	list_one(&listing, "..");
	return tsm_list(path, list_one, &listing);
}

static int op_mkdir(const char *path, mode_t mode)
{
	(void)mode;
	return tsm_mkdir(path);
}

static int op_rmdir(const char *path)
{
	return tsm_rmdir(path);
}

/* Nothing of an attribute is in the page cache, and its size is nobody's business: as the kernel's. */
static int op_open(const char *path, struct fuse_file_info *info)
{
	int handle = tsm_open(path, info->flags);

	if (handle < 0)
		return handle;
	info->fh = (uint64_t)handle;
	info->direct_io = 1;
	return 0;
}

static int op_read(const char *path, char *out, size_t cap, off_t offset, struct fuse_file_info *info)
{
	(void)path;
	(void)offset;
	return (int)tsm_read((int)info->fh, out, cap);
}

static int op_write(const char *path, const char *bytes, size_t len, off_t offset, struct fuse_file_info *info)
{
	(void)path;
	(void)offset;
	return (int)tsm_write((int)info->fh, bytes, len);
}

/* close() waits for this one, and not for the release, which comes some time later. */
static int op_flush(const char *path, struct fuse_file_info *info)
{
	(void)path;
	return tsm_close((int)info->fh);
}

/* What was looked up a moment ago may be gone: the kernel's dentries are its own, here nothing is remembered. */
static void *op_init(struct fuse_conn_info *connection, struct fuse_config *config)
{
	(void)connection;
	config->attr_timeout = config->entry_timeout = config->negative_timeout = 0;
	return NULL;
}

static const struct fuse_operations operations = {
	.getattr = op_getattr,
	.readdir = op_readdir,
	.mkdir = op_mkdir,
	.rmdir = op_rmdir,
	.open = op_open,
	.read = op_read,
	.write = op_write,
	.flush = op_flush,
	.init = op_init,
};

/* ---- The server's process ---- */

/* One byte tells that it is mounted. */
static void serve(int ready)
{
	char *words[] = { (char *)(uintptr_t) "tsm-model", NULL };
	struct fuse_args args = FUSE_ARGS_INIT(1, words);
	struct fuse *fuse = fuse_new(&args, &operations, sizeof operations, NULL);
	bool is_mounted = fuse != NULL && fuse_mount(fuse, mount_point) == 0;

	if (is_mounted && fuse_set_signal_handlers(fuse_get_session(fuse)) == 0 && write(ready, "m", 1) == 1)
		(void)fuse_loop_mt(fuse, 0);
	if (is_mounted)
		fuse_unmount(fuse);
	(void)rmdir(mount_point);
}

static void run_server(int ready, pid_t test)
{
	/* Whatever becomes of the test, the file system does not outlive it. */
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != test)
		_exit(1);
	alarm(0);
	serve(ready);
	_exit(0);
}

static bool has_ended(void)
{
	for (int ms = 0; ms < PATIENCE_MS; ms++) {
		if (waitpid(server, NULL, WNOHANG) != 0)
			return true;
		(void)nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	}
	return false;
}

/* ---- The test's side ---- */

const char *tsm_world_begin(void)
{
	int ready[2];
	pid_t test = getpid();
	char byte;
	ssize_t got;

	if (geteuid() != 0)
		return "only root may mount";
	if (access("/dev/fuse", R_OK | W_OK) != 0)
		return "there is no /dev/fuse";
	tsm_make(true);
	if (mkdtemp(mount_point) == NULL || pipe(ready) != 0)
		return "no directory to mount on";
	server = fork();
	if (server == 0)
		run_server(ready[1], test);
	(void)close(ready[1]);
	got = server > 0 ? read(ready[0], &byte, 1) : -1;
	(void)close(ready[0]);
	alarm(TEST_MAX_S); /* a call that hangs in the kernel would hang the test: this ends it, and the server sees that */
	if (got == 1)
		return NULL;
	tsm_world_end();
	return "FUSE cannot be mounted here";
}

void tsm_world_kill(void)
{
	(void)kill(server, SIGKILL);
	(void)waitpid(server, NULL, 0);
}

void tsm_world_end(void)
{
	if (server > 0 && kill(server, SIGTERM) == 0 && !has_ended())
		tsm_world_kill();
	/* Where the server did it all, neither finds anything. */
	(void)umount2(mount_point, MNT_DETACH);
	(void)rmdir(mount_point);
}

const char *tsm_world_root(void)
{
	return mount_point;
}

const struct tspdm_configfs_tsm_calls *tsm_world_calls(void)
{
	return NULL;
}
