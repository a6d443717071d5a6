/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The model of configfs-tsm. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "tsm_model.h"

enum { INSTANCES = 8, HANDLES = 16, SNP_LEN = 1184, QUOTE_LEN = 48 + 584 + 4 + 64, VALUE_MAX = 8192 };

struct instance {
	bool exists;
	char name[64];
	uint64_t generation;
	bool has_data;
	uint8_t data[64];
	int level;
};

struct handle {
	bool is_open, is_write, is_filled, has_written;
	struct instance *instance;
	char attribute[32];
	uint8_t value[VALUE_MAX];
	size_t len, at;
};

/* Pointers in it are to what the test had before it forked. */
static struct model {
	pthread_mutex_t mutex;
	pthread_cond_t gate;
	bool is_gate_open, is_waiting;
	struct tsm_machine machine;
	struct tsm_account account;
	struct instance instances[INSTANCES];
	struct handle handles[HANDLES];
} * model;

void tsm_make(bool is_shared)
{
	int sharing = is_shared ? PTHREAD_PROCESS_SHARED : PTHREAD_PROCESS_PRIVATE;
	pthread_mutexattr_t of_mutex;
	pthread_condattr_t of_gate;

	model = mmap(NULL, sizeof *model, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (model == MAP_FAILED || pthread_mutexattr_init(&of_mutex) != 0 || pthread_condattr_init(&of_gate) != 0 ||
		pthread_mutexattr_setpshared(&of_mutex, sharing) != 0 ||
		pthread_condattr_setpshared(&of_gate, sharing) != 0 ||
		pthread_mutex_init(&model->mutex, &of_mutex) != 0 || pthread_cond_init(&model->gate, &of_gate) != 0)
		abort();
	pthread_mutexattr_destroy(&of_mutex);
	pthread_condattr_destroy(&of_gate);
}

void tsm_reset(const struct tsm_machine *machine)
{
	pthread_mutex_lock(&model->mutex);
	model->machine = *machine;
	model->is_gate_open = model->is_waiting = false;
	model->account = (struct tsm_account){ .level = -1 };
	memset(model->instances, 0, sizeof model->instances);
	memset(model->handles, 0, sizeof model->handles);
	pthread_mutex_unlock(&model->mutex);
}

void tsm_open_gate(void)
{
	pthread_mutex_lock(&model->mutex);
	model->is_gate_open = true;
	pthread_cond_broadcast(&model->gate);
	pthread_mutex_unlock(&model->mutex);
}

bool tsm_is_waiting(void)
{
	bool is_waiting;

	pthread_mutex_lock(&model->mutex);
	is_waiting = model->is_waiting;
	pthread_mutex_unlock(&model->mutex);
	return is_waiting;
}

struct tsm_account tsm_account(void)
{
	struct tsm_account account;

	pthread_mutex_lock(&model->mutex);
	account = model->account;
	for (size_t i = 0; i < INSTANCES; i++)
		account.directories += model->instances[i].exists;
	for (size_t i = 0; i < HANDLES; i++)
		account.files += model->handles[i].is_open;
	pthread_mutex_unlock(&model->mutex);
	return account;
}

/* ---- Faults ---- */

/* 0, or the negative errno that is injected here. */
static int enter(enum tsm_call call, const char *attribute)
{
	struct tsm_fault *fault = &model->machine.fault;

	model->account.calls++;
	if (fault->times == 0 || (fault->call != TSM_ANY && fault->call != call))
		return 0;
	if (fault->attribute != NULL && strcmp(fault->attribute, attribute) != 0)
		return 0;
	if (fault->after > 0) {
		fault->after--;
		return 0;
	}
	fault->times--;
	return -fault->error;
}

/* ---- Directories ---- */

static struct instance *find(const char *name, size_t len)
{
	for (size_t i = 0; i < INSTANCES; i++)
		if (model->instances[i].exists && strlen(model->instances[i].name) == len &&
			memcmp(model->instances[i].name, name, len) == 0)
			return &model->instances[i];
	return NULL;
}

static int make(const char *name)
{
	size_t at = 0, others = 0;

	if (model->machine.provider == NULL)
		return -ENXIO;
	if (model->machine.taken > 0) {
		model->machine.taken--;
		return -EEXIST;
	}
	if (find(name, strlen(name)) != NULL)
		return -EEXIST;
	for (size_t i = INSTANCES; i-- > 0;)
		if (model->instances[i].exists)
			others++;
		else
			at = i;
	if (others == INSTANCES || strlen(name) >= sizeof model->instances[at].name)
		return -ENOSPC;
	model->instances[at] = (struct instance){ .exists = true };
	snprintf(model->instances[at].name, sizeof model->instances[at].name, "%s", name);
	model->account.made++;
	model->account.overlaps += others != 0;
	return 0;
}

int tsm_mkdir(const char *path)
{
	int result;

	pthread_mutex_lock(&model->mutex);
	result = enter(TSM_MKDIR, "");
	if (result == 0)
		result = make(path + 1);
	pthread_mutex_unlock(&model->mutex);
	return result;
}

int tsm_rmdir(const char *path)
{
	struct instance *instance;
	int result;

	pthread_mutex_lock(&model->mutex);
	result = enter(TSM_RMDIR, "");
	instance = find(path + 1, strlen(path + 1));
	if (result == 0 && instance == NULL)
		result = -ENOENT;
	for (size_t i = 0; i < HANDLES && result == 0; i++)
		if (model->handles[i].is_open && model->handles[i].instance == instance)
			result = -EBUSY;
	if (result == 0)
		instance->exists = false;
	pthread_mutex_unlock(&model->mutex);
	return result;
}

/* ---- Attributes ---- */

static const struct attribute {
	const char *name;
	unsigned mode;
} attributes[] = { { "inblob", 0200 }, { "outblob", 0400 }, { "auxblob", 0400 }, { "provider", 0400 },
	{ "generation", 0400 }, { "privlevel", 0200 }, { "privlevel_floor", 0400 } };

static bool is_there(const char *name)
{
	if (strcmp(name, "auxblob") == 0)
		return model->machine.auxblob != TSM_AUX_MISSING;
	return strncmp(name, "privlevel", 9) != 0 || model->machine.has_levels;
}

/* The instance and the attribute of a path; NULL where it is none. */
static const struct attribute *resolve(const char *path, struct instance **out)
{
	const char *slash = strchr(path + 1, '/');

	*out = slash != NULL ? find(path + 1, (size_t)(slash - path - 1)) : NULL;
	for (size_t i = 0; *out != NULL && i < sizeof attributes / sizeof attributes[0]; i++)
		if (strcmp(attributes[i].name, slash + 1) == 0 && is_there(slash + 1))
			return &attributes[i];
	return NULL;
}

int tsm_mode(const char *path, unsigned *mode)
{
	const struct attribute *attribute;
	struct instance *instance;
	int result = 0;

	pthread_mutex_lock(&model->mutex);
	attribute = resolve(path, &instance);
	if (attribute != NULL)
		*mode = S_IFREG | attribute->mode;
	else if (strcmp(path, "/") == 0 || find(path + 1, strlen(path + 1)) != NULL)
		*mode = S_IFDIR | 0755;
	else
		result = -ENOENT;
	pthread_mutex_unlock(&model->mutex);
	return result;
}

int tsm_list(const char *path, void (*visit)(void *context, const char *name), void *context)
{
	bool is_root = strcmp(path, "/") == 0, is_instance;

	pthread_mutex_lock(&model->mutex);
	is_instance = find(path + 1, strlen(path + 1)) != NULL;
	for (size_t i = 0; is_root && i < INSTANCES; i++)
		if (model->instances[i].exists)
			visit(context, model->instances[i].name);
	for (size_t i = 0; is_instance && i < sizeof attributes / sizeof attributes[0]; i++)
		if (is_there(attributes[i].name))
			visit(context, attributes[i].name);
	pthread_mutex_unlock(&model->mutex);
	return is_root || is_instance ? 0 : -ENOENT;
}

static int open_handle(const char *path, int flags)
{
	bool is_write = (flags & O_ACCMODE) == O_WRONLY;
	struct instance *instance;
	const struct attribute *attribute = resolve(path, &instance);
	int free_one = -1;

	if (attribute == NULL)
		return -ENOENT;
	if ((flags & O_ACCMODE) == O_RDWR || is_write != (attribute->mode == 0200))
		return -EACCES;
	for (int i = 0; i < HANDLES; i++)
		if (!model->handles[i].is_open)
			free_one = i;
	if (free_one < 0)
		return -EMFILE;
	memset(&model->handles[free_one], 0, sizeof model->handles[free_one]);
	model->handles[free_one].is_open = true;
	model->handles[free_one].is_write = is_write;
	model->handles[free_one].instance = instance;
	snprintf(model->handles[free_one].attribute, sizeof model->handles[free_one].attribute, "%s", attribute->name);
	return free_one;
}

int tsm_open(const char *path, int flags)
{
	const char *name = strrchr(path, '/');
	int result;

	pthread_mutex_lock(&model->mutex);
	result = enter(TSM_OPEN, name != NULL ? name + 1 : "");
	if (result == 0)
		result = open_handle(path, flags);
	pthread_mutex_unlock(&model->mutex);
	return result;
}

/* ---- Reading ---- */

static void put_text(struct handle *h, const char *text)
{
	h->len = (size_t)snprintf((char *)h->value, sizeof h->value, "%s\n", text);
}

/* A report of version 3, or a quote of version 4 in a larger buffer, filled in only where it is looked at. */
static void put_report(struct handle *h, const uint8_t *data)
{
	bool is_quote = model->machine.is_quote;

	h->len = is_quote ? 2 * QUOTE_LEN : SNP_LEN;
	memset(h->value, 0, h->len);
	h->value[0] = is_quote ? 4 : 3;
	h->value[is_quote ? 2 : 0x34] = is_quote ? 2 : 1;
	if (is_quote) {
		h->value[4] = 0x81;
		h->value[48 + 584] = 64;
		memset(h->value + 48 + 584 + 4, 0x33, 64);
	}
	memcpy(h->value + (is_quote ? 48 + 520 : 0x50), data, 64);
	if (model->machine.is_stale)
		h->value[is_quote ? 48 + 520 : 0x50] ^= 1;
	if (model->machine.is_rubbish)
		memset(h->value + 2, 0xFF, 2);
}

static int make_report(struct handle *h)
{
	struct instance *instance = h->instance;

	if (!instance->has_data)
		return -EINVAL;
	if (model->machine.intruders > 0) {
		model->machine.intruders--;
		memset(instance->data, 0xEE, sizeof instance->data);
		instance->generation++;
	}
	model->is_waiting = model->machine.is_slow;
	while (model->machine.is_slow && !model->is_gate_open)
		pthread_cond_wait(&model->gate, &model->mutex);
	model->is_waiting = false;
	model->account.reports++;
	memcpy(model->account.report_data, instance->data, sizeof instance->data);
	put_report(h, instance->data);
	return 0;
}

static int fill(struct handle *h)
{
	char number[24];

	h->is_filled = true;
	if (strcmp(h->attribute, "outblob") == 0)
		return make_report(h);
	if (strcmp(h->attribute, "auxblob") == 0) {
		h->len = model->machine.auxblob == TSM_AUX_EMPTY ? 0 : 4096;
		memset(h->value, model->machine.auxblob == TSM_AUX_TABLE ? 0xA5 : 0, h->len);
	} else if (strcmp(h->attribute, "provider") == 0) {
		put_text(h, model->machine.provider);
	} else {
		snprintf(number, sizeof number, "%llu",
			strcmp(h->attribute, "generation") == 0 ? (unsigned long long)h->instance->generation
								: model->machine.floor);
		put_text(h, number);
	}
	return 0;
}

static ssize_t read_handle(struct handle *h, uint8_t *out, size_t cap)
{
	size_t n = h->len - h->at;

	n = n < cap ? n : cap;
	if (model->machine.chunk != 0 && n > model->machine.chunk)
		n = model->machine.chunk;
	memcpy(out, h->value + h->at, n);
	h->at += n;
	return (ssize_t)n;
}

ssize_t tsm_read(int handle, void *out, size_t cap)
{
	struct handle *h = &model->handles[handle];
	ssize_t result;

	pthread_mutex_lock(&model->mutex);
	result = enter(TSM_READ, h->attribute);
	if (result == 0 && (!h->is_open || h->is_write))
		result = -EBADF;
	if (result == 0 && !h->is_filled)
		result = fill(h);
	if (result == 0)
		result = read_handle(h, out, cap);
	pthread_mutex_unlock(&model->mutex);
	return result;
}

/* ---- Writing ---- */

static ssize_t write_level(struct handle *h, const char *bytes, size_t len)
{
	unsigned level = (unsigned)(bytes[0] - '0');

	if (len == 0 || level > 3 || level < model->machine.floor)
		return -EINVAL;
	h->instance->level = model->account.level = (int)level;
	h->instance->generation++;
	return (ssize_t)len;
}

static ssize_t write_handle(struct handle *h, const void *bytes, size_t len)
{
	if (strcmp(h->attribute, "privlevel") == 0)
		return write_level(h, bytes, len);
	if (len > 64 - h->len)
		return -EFBIG;
	memcpy(h->value + h->len, bytes, len);
	h->len += len;
	h->has_written = true;
	return (ssize_t)len;
}

ssize_t tsm_write(int handle, const void *bytes, size_t len)
{
	struct handle *h = &model->handles[handle];
	ssize_t result;

	pthread_mutex_lock(&model->mutex);
	result = enter(TSM_WRITE, h->attribute);
	if (result == 0)
		result = h->is_open && h->is_write ? write_handle(h, bytes, len) : -EBADF;
	pthread_mutex_unlock(&model->mutex);
	return result;
}

/* inblob takes effect now, or nobody hears of it. */
static void take_effect(struct handle *h)
{
	if (strcmp(h->attribute, "inblob") != 0 || !h->has_written)
		return;
	if (model->machine.drops > 0) {
		model->machine.drops--;
		return;
	}
	memcpy(h->instance->data, h->value, sizeof h->instance->data);
	h->instance->has_data = h->len == sizeof h->instance->data; /* both providers refuse any other length later */
	h->instance->generation++;
}

int tsm_close(int handle)
{
	struct handle *h = &model->handles[handle];
	int result;

	pthread_mutex_lock(&model->mutex);
	result = enter(TSM_CLOSE, h->attribute);
	if (h->is_open)
		take_effect(h);
	h->is_open = false;
	pthread_mutex_unlock(&model->mutex);
	return result;
}
