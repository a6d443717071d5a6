/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What only a mounted configfs-tsm can show: that the model behaves as the fact sheets say the kernel's does, by nothing but
 * system calls; sources beside each other; somebody else who writes at any moment; and a provider that dies. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <tspdm/configfs_tsm.h>

#include "tsm_model.h"
#include "tsm_world.h"

enum { SOURCES = 3, REQUESTS = 40, PATH_LEN = 256 };

static const struct tsm_machine snp = { .provider = "sev_guest" };
static const struct tsm_machine tdx = { .provider = "tdx_guest", .is_quote = true, .auxblob = TSM_AUX_MISSING };

static void nap(void)
{
	(void)nanosleep(&(struct timespec){ .tv_nsec = 500000 }, NULL);
}

/* ---- The file system ---- */

static const char *path_of(const char *name)
{
	static char path[PATH_LEN];

	snprintf(path, sizeof path, "%s/%s", tsm_world_root(), name);
	return path;
}

static int open_attribute(const char *name, int flags)
{
	return open(path_of(name), flags | O_CLOEXEC);
}

/* @returns the length, or minus errno */
static ssize_t read_attribute(const char *name, void *out, size_t cap)
{
	int fd = open_attribute(name, O_RDONLY);
	ssize_t got = fd >= 0 ? read(fd, out, cap) : -1;
	int error = errno;

	if (fd >= 0)
		(void)close(fd);
	return got >= 0 ? got : -error;
}

static int generation_of(const char *instance)
{
	char name[64], text[16] = "";

	snprintf(name, sizeof name, "%s/generation", instance);
	assert_true(read_attribute(name, text, sizeof text - 1) > 0);
	return atoi(text);
}

static void a_value_takes_effect_when_its_file_is_closed(void **state)
{
	const uint8_t data[65] = { 1, 2, 3 };
	uint8_t first[1184], second[1184];
	int fd;

	(void)state;
	tsm_reset(&snp);
	assert_int_equal(mkdir(path_of("one"), 0700), 0);
	assert_int_equal(generation_of("one"), 0);
	assert_int_equal(read_attribute("one/outblob", first, sizeof first), -EINVAL);
	fd = open_attribute("one/inblob", O_WRONLY);
	assert_int_equal(write(fd, data, 64), 64);
	assert_int_equal(generation_of("one"), 0);
	assert_int_equal(read_attribute("one/outblob", first, sizeof first), -EINVAL);
	assert_int_equal(close(fd), 0);
	assert_int_equal(generation_of("one"), 1);
	assert_int_equal(read_attribute("one/outblob", first, sizeof first), sizeof first);
	assert_memory_equal(first + 0x50, data, 64);
	assert_int_equal(read_attribute("one/outblob", second, sizeof second), sizeof second);
	assert_memory_equal(first, second, sizeof first);
	fd = open_attribute("one/inblob", O_WRONLY);
	assert_int_equal(write(fd, data, 65), -1);
	assert_int_equal(errno, EFBIG);
	assert_int_equal(close(fd), 0);
	assert_int_equal(generation_of("one"), 1);
	assert_int_equal(rmdir(path_of("one")), 0);
}

static void attributes_are_for_reading_or_for_writing(void **state)
{
	static const struct {
		const char *name;
		int flags, error;
	} rows[] = { { "one/inblob", O_RDONLY, EACCES }, { "one/inblob", O_RDWR, EACCES },
		{ "one/outblob", O_WRONLY, EACCES }, { "one/provider", O_RDWR, EACCES },
		{ "one/privlevel", O_WRONLY, ENOENT }, { "one/nothing", O_RDONLY, ENOENT },
		{ "two/inblob", O_WRONLY, ENOENT } };

	(void)state;
	tsm_reset(&snp);
	assert_int_equal(mkdir(path_of("one"), 0700), 0);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		assert_int_equal(open_attribute(rows[i].name, rows[i].flags), -1);
		assert_int_equal(errno, rows[i].error);
	}
	assert_int_equal(rmdir(path_of("one")), 0);
}

static void directories_come_and_go(void **state)
{
	int fd;

	(void)state;
	tsm_reset(&snp);
	assert_int_equal(mkdir(path_of("one"), 0700), 0);
	assert_int_equal(mkdir(path_of("one"), 0700), -1);
	assert_int_equal(errno, EEXIST);
	fd = open_attribute("one/provider", O_RDONLY);
	assert_int_equal(rmdir(path_of("one")), -1);
	assert_int_equal(errno, EBUSY);
	assert_int_equal(close(fd), 0);
	assert_int_equal(rmdir(path_of("one")), 0);
	assert_int_equal(rmdir(path_of("one")), -1);
	assert_int_equal(errno, ENOENT);
	tsm_reset(&(struct tsm_machine){ .provider = NULL });
	assert_int_equal(mkdir(path_of("one"), 0700), -1);
	assert_int_equal(errno, ENXIO);
}

static unsigned entries_of(const char *name)
{
	DIR *directory = opendir(path_of(name));
	unsigned count = 0;

	assert_non_null(directory);
	for (const struct dirent *entry; (entry = readdir(directory)) != NULL;)
		count += entry->d_name[0] != '.';
	assert_int_equal(closedir(directory), 0);
	return count;
}

static void directories_can_be_listed(void **state)
{
	const struct tsm_machine levels = { .provider = "sev_guest", .has_levels = true };

	(void)state;
	tsm_reset(&levels);
	assert_int_equal(entries_of("."), 0);
	assert_int_equal(mkdir(path_of("one"), 0700), 0);
	assert_int_equal(mkdir(path_of("two"), 0700), 0);
	assert_int_equal(entries_of("."), 2);
	assert_int_equal(entries_of("one"), 7);
	tsm_reset(&tdx);
	assert_int_equal(entries_of("."), 0);
	assert_int_equal(mkdir(path_of("one"), 0700), 0);
	assert_int_equal(entries_of("one"), 4);
	assert_int_equal(rmdir(path_of("one")), 0);
}

/* ---- Sources on it ---- */

static struct tspdm_evidence_source *open_source(uint32_t attempts)
{
	char why[256] = "";
	const struct tspdm_configfs_tsm_config config = { .size = sizeof config,
		.root = tsm_world_root(),
		.reason = why,
		.reason_cap = sizeof why,
		.attempts = attempts,
		.backoff_us = 100 };
	struct tspdm_evidence_source *source = NULL;

	assert_int_equal(tspdm_configfs_tsm_new(&config, &source), TSPDM_OK);
	return source;
}

static void data_of(uint8_t *report_data, unsigned seed)
{
	for (unsigned i = 0; i < TSPDM_REPORT_DATA_LEN; i++)
		report_data[i] = (uint8_t)(seed + i);
}

static struct tspdm_evidence_job *begin(struct tspdm_evidence_source *source, unsigned seed)
{
	uint8_t report_data[TSPDM_REPORT_DATA_LEN];
	struct tspdm_evidence_job *job = NULL;

	data_of(report_data, seed);
	assert_int_equal(source->ops->begin(source, report_data, &job), TSPDM_OK);
	return job;
}

/* What comes is about these report data, whoever wrote what in between; or it is an error. */
static enum tspdm_status finish(struct tspdm_evidence_source *source, struct tspdm_evidence_job *job, unsigned seed)
{
	uint8_t report_data[TSPDM_REPORT_DATA_LEN];
	struct tspdm_evidence seen;
	enum tspdm_status status;
	uint32_t retry_us;

	while ((status = source->ops->poll(source, job, &seen, &retry_us)) == TSPDM_AGAIN)
		nap();
	data_of(report_data, seed);
	if (status == TSPDM_OK)
		assert_memory_equal(seen.report.ptr + (seen.tee == TSPDM_TEE_TDX ? 48 + 520 : 0x50), report_data,
			sizeof report_data);
	source->ops->end(source, job);
	return status;
}

static void sources_do_not_disturb_each_other(void **state)
{
	struct tspdm_evidence_source *sources[SOURCES];

	(void)state;
	tsm_reset(&snp);
	for (unsigned i = 0; i < SOURCES; i++)
		sources[i] = open_source(8);
	for (unsigned round = 0; round < REQUESTS; round++) {
		struct tspdm_evidence_job *jobs[SOURCES];

		for (unsigned i = 0; i < SOURCES; i++)
			jobs[i] = begin(sources[i], round * SOURCES + i);
		for (unsigned i = 0; i < SOURCES; i++)
			assert_int_equal(finish(sources[i], jobs[i], round * SOURCES + i), TSPDM_OK);
	}
	for (unsigned i = 0; i < SOURCES; i++)
		tspdm_configfs_tsm_free(sources[i]);
	assert_int_equal(tsm_account().directories, 0);
	assert_int_equal(tsm_account().files, 0);
}

/* ---- Somebody else ---- */

static atomic_bool is_over;
static atomic_uint intrusions;

/* Writes to whatever directory there is at the moment. */
static void intrude(const char *instance)
{
	static const uint8_t other[64] = { 0xEE };
	char path[PATH_LEN + 300];
	int fd;

	snprintf(path, sizeof path, "%s/%s/inblob", tsm_world_root(), instance);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (write(fd, other, sizeof other) == (ssize_t)sizeof other)
		intrusions++;
	(void)close(fd);
}

static void *intruder(void *context)
{
	while (!is_over) {
		DIR *directory = opendir(tsm_world_root());

		for (const struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;)
			if (entry->d_name[0] != '.')
				intrude(entry->d_name);
		if (directory != NULL)
			(void)closedir(directory);
		(void)nanosleep(&(struct timespec){ .tv_nsec = 200000 }, NULL);
	}
	return context;
}

static void nobody_elses_evidence_is_taken_for_ones_own(void **state)
{
	struct tspdm_evidence_source *source;
	pthread_t thread;
	unsigned good = 0;

	(void)state;
	tsm_reset(&snp);
	source = open_source(10);
	is_over = false;
	assert_int_equal(pthread_create(&thread, NULL, intruder, NULL), 0);
	for (unsigned i = 0; (i < REQUESTS || intrusions == 0) && i < 5000; i++)
		good += finish(source, begin(source, i), i) == TSPDM_OK;
	is_over = true;
	assert_int_equal(pthread_join(thread, NULL), 0);
	printf("# %u requests answered in spite of %u intrusions\n", good, (unsigned)intrusions);
	assert_int_equal(finish(source, begin(source, 7), 7), TSPDM_OK);
	tspdm_configfs_tsm_free(source);
	for (unsigned i = 0; i < 2000 && tsm_account().directories != 0; i++)
		nap();
	assert_int_equal(tsm_account().directories, 0);
}

/* ---- The end ---- */

static void a_kernel_that_goes_away_ends_the_request(void **state)
{
	struct tsm_machine machine = tdx;
	struct tspdm_evidence_source *source;
	struct tspdm_evidence_job *job;

	(void)state;
	machine.is_slow = true;
	tsm_reset(&machine);
	source = open_source(2);
	job = begin(source, 1);
	while (!tsm_is_waiting())
		nap();
	tsm_world_kill();
	assert_int_equal(finish(source, job, 1), TSPDM_ERR_EVIDENCE_SOURCE);
	assert_non_null(strstr(tspdm_configfs_tsm_reason(source), "outblob: "));
	assert_int_equal(finish(source, begin(source, 2), 2), TSPDM_ERR_EVIDENCE_SOURCE);
	assert_non_null(strstr(tspdm_configfs_tsm_reason(source), "mkdir: "));
	tspdm_configfs_tsm_free(source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_takes_effect_when_its_file_is_closed),
		cmocka_unit_test(attributes_are_for_reading_or_for_writing), cmocka_unit_test(directories_come_and_go),
		cmocka_unit_test(directories_can_be_listed), cmocka_unit_test(sources_do_not_disturb_each_other),
		cmocka_unit_test(nobody_elses_evidence_is_taken_for_ones_own),
		cmocka_unit_test(a_kernel_that_goes_away_ends_the_request), /* the last: the file system is gone */
	};
	const char *missing = tsm_world_begin();
	int failed;

	if (missing != NULL) {
		printf("1..0 # SKIP %s\n", missing);
		return 0;
	}
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	tsm_world_end();
	return failed;
}
