/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The model of configfs-tsm as a table of system calls. */
#include <errno.h>

#include "tsm_model.h"
#include "tsm_world.h"

static const char root[] = "/model";

static int result_of(int result)
{
	if (result >= 0)
		return result;
	errno = -result;
	return -1;
}

static int table_mkdir(const char *path)
{
	return result_of(tsm_mkdir(path + sizeof root - 1));
}

static int table_rmdir(const char *path)
{
	return result_of(tsm_rmdir(path + sizeof root - 1));
}

static int table_open(const char *path, int flags)
{
	return result_of(tsm_open(path + sizeof root - 1, flags));
}

static ssize_t table_read(int fd, void *out, size_t cap)
{
	return result_of((int)tsm_read(fd, out, cap));
}

static ssize_t table_write(int fd, const void *bytes, size_t len)
{
	return result_of((int)tsm_write(fd, bytes, len));
}

static int table_close(int fd)
{
	return result_of(tsm_close(fd));
}

static const struct tspdm_configfs_tsm_calls table_calls = { .size = sizeof table_calls,
	.make_directory = table_mkdir,
	.remove_directory = table_rmdir,
	.open_file = table_open,
	.read_file = table_read,
	.write_file = table_write,
	.close_file = table_close };

const char *tsm_world_begin(void)
{
	tsm_make(false);
	return NULL;
}

void tsm_world_end(void)
{
}

const char *tsm_world_root(void)
{
	return root;
}

const struct tspdm_configfs_tsm_calls *tsm_world_calls(void)
{
	return &table_calls;
}
